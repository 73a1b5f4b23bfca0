//! Files that are put into a container before its process starts, in images without a shell too.
//!
//! The usual way is one archive, unpacked by the engine between creating and starting. Where the container's own file
//! system can't be written, or a file system in memory hides the path, the engine refuses that or loses it; there
//! the files are unpacked into an anonymous volume of a carrier, a second container that never runs, and each is
//! mounted at its path. The volume goes with the last container that has it.

use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{CreateContainerOptions, InspectContainerOptions, UploadToContainerOptions};
use bytes::Bytes;
use landfall_model::sealed::{MissingSecret, Secrets};
use landfall_model::spec::{FileContent, Shape};

use super::{Docker, failure};
use crate::{Error, Result};

/// Where an instance has the carrier's volume: only root may look into it.
const CARRIED_AT: &str = "/.landfall";

/// A file with its secrets in it.
struct Opened<'a> {
    path: &'a str,
    text: String,
    file: &'a FileContent,
}

/// An instance's files, by the way in which they come to it.
pub(super) struct Files {
    /// Unpacked into the instance.
    pub(super) unpacked: Option<Bytes>,
    /// Unpacked into the carrier's volume, under their number in `mounted`.
    pub(super) carried: Option<Bytes>,
    /// The paths at which the carried are mounted.
    pub(super) mounted: Vec<String>,
}

/// Renders an instance's files as archives.
pub(super) fn render(shape: &Shape, secrets: &Secrets) -> Result<Files, MissingSecret> {
    let open = |(path, file): (&'_ String, &'_ FileContent)| Ok((path.clone(), file.content.open(secrets)?));
    let texts: Vec<(String, String)> = shape.files.iter().map(open).collect::<Result<_, _>>()?;
    let opened = texts.into_iter().zip(shape.files.iter());
    let opened = opened.map(|((_, text), (path, file))| Opened { path, text, file });
    let (carried, unpacked): (Vec<_>, Vec<_>) = opened.partition(|file| is_hidden(shape, file.path));
    let mounted = carried.iter().map(|file| file.path.to_owned()).collect();
    let numbered = carried.into_iter().enumerate().map(|(number, file)| (number.to_string(), file));
    let rooted = unpacked.into_iter().map(|file| (file.path.trim_start_matches('/').to_owned(), file));
    Ok(Files {
        unpacked: archive(rooted.collect(), None),
        carried: archive(numbered.collect(), Some(0o700)),
        mounted,
    })
}

/// Whether a file that is unpacked at `path` would be refused, or would not be seen.
fn is_hidden(shape: &Shape, path: &str) -> bool {
    let within = |tmpfs: &String| {
        path.strip_prefix(tmpfs.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
    };
    shape.read_only || shape.tmpfs.iter().any(within)
}

/// A tar archive. The engine makes missing directories (root's, 0755) and leaves those that are there as they are.
fn archive(files: Vec<(String, Opened<'_>)>, root_mode: Option<u32>) -> Option<Bytes> {
    if files.is_empty() {
        return None;
    }
    let mut archive = tar::Builder::new(Vec::new());
    if let Some(mode) = root_mode {
        let mut header = header(0, mode);
        header.set_entry_type(tar::EntryType::Directory);
        archive
            .append_data(&mut header, "./", std::io::empty())
            .expect("memory takes all that is written to it");
    }
    for (path, Opened { text, file, .. }) in files {
        let mut header = header(text.len() as u64, file.mode);
        header.set_uid(u64::from(file.owner.0));
        header.set_gid(u64::from(file.owner.1));
        archive
            .append_data(&mut header, path, text.as_bytes())
            .expect("memory takes all that is written to it");
    }
    Some(Bytes::from(archive.into_inner().expect("memory takes all that is written to it")))
}

fn header(size: u64, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(mode);
    header.set_mtime(0);
    header
}

impl Docker {
    /// Unpacks an archive in a container that has not been started.
    pub(super) async fn unpack(&self, container: &str, path: &str, archive: Bytes) -> Result<()> {
        let options =
            UploadToContainerOptions { path: path.to_owned(), ..UploadToContainerOptions::default() };
        let done =
            self.client.upload_to_container(container, Some(options), bollard::body_full(archive)).await;
        done.map_err(self.failed(format!("put files into {container}")))
    }

    /// Creates the carrier of an instance's files and has the instance mount them. Returns the carrier, which is to be
    /// removed once the instance is created.
    pub(super) async fn carry(
        &self,
        name: &str,
        body: &mut ContainerCreateBody,
        files: &mut Files,
    ) -> Result<Option<String>> {
        let Some(archive) = files.carried.take() else { return Ok(None) };
        let carrier = format!("{name}-files");
        let options =
            CreateContainerOptions { name: Some(carrier.clone()), ..CreateContainerOptions::default() };
        let host = HostConfig { network_mode: Some("none".to_owned()), ..HostConfig::default() };
        // The labels are the instance's: a carrier that a crash leaves behind is removed as what never ran.
        let request = ContainerCreateBody {
            image: body.image.clone(),
            cmd: Some(vec!["files".to_owned()]),
            labels: body.labels.clone(),
            volumes: Some(vec![CARRIED_AT.to_owned()]),
            host_config: Some(host),
            ..ContainerCreateBody::default()
        };
        self.create_anew(&options, &request).await?;
        self.unpack(&carrier, CARRIED_AT, archive).await?;
        let found = self.client.inspect_container(&carrier, None::<InspectContainerOptions>).await;
        let found = found.map_err(self.failed(format!("inspect {carrier}")))?;
        let mounts = found.mounts.unwrap_or_default();
        let mount = mounts.iter().find(|mount| mount.destination.as_deref() == Some(CARRIED_AT));
        let source = mount.and_then(|mount| mount.source.as_ref()).ok_or_else(|| no_source(&carrier))?;
        // Volumes that the image itself declares come along, and those are to be written.
        let access = if mounts.len() > 1 { "rw" } else { "ro" };
        let host = body.host_config.get_or_insert_default();
        host.volumes_from = Some(vec![format!("{carrier}:{access}")]);
        let bind = |(number, path): (usize, &String)| format!("{source}/{number}:{path}:ro");
        host.binds = Some(files.mounted.iter().enumerate().map(bind).collect());
        Ok(Some(carrier))
    }
}

fn no_source(carrier: &str) -> Error {
    let said = failure::Said("the engine doesn't say where its volume is".to_owned());
    Error::Refused { action: format!("carry files by {carrier}"), source: Box::new(said) }
}
