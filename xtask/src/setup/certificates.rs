//! The machine's own certificates, for builds behind a network that looks into encrypted traffic.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, While};
use crate::process::{announce, root};

/// Where Debian and its kin keep certificates that the machine's owner trusts.
const MACHINE: &str = "/usr/local/share/ca-certificates";
/// Where the example's images take them from; version control leaves them out.
const EXAMPLE: &str = "examples/lidar/images/runtime/certificates";

/// Gives the example's images the certificates that this machine trusts beside the usual ones, if there are any.
pub(crate) fn ensure() -> Result<(), Failure> {
    for certificate in observe_certificates(Path::new(MACHINE)) {
        let Some(name) = certificate.file_name() else { continue };
        let copy = root().join(EXAMPLE).join(name);
        let content = fs::read(&certificate).while_trying(&format!("read {}", certificate.display()))?;
        if fs::read(&copy).ok().as_ref() != Some(&content) {
            announce(&format!(
                "copying {} to {EXAMPLE}, for downloads in image builds",
                certificate.display()
            ));
            fs::write(&copy, content).while_trying(&format!("write {}", copy.display()))?;
        }
    }
    Ok(())
}

fn observe_certificates(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut certificates: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "crt")).collect();
    certificates.sort();
    certificates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_certificates_are_taken() {
        let directory = std::env::temp_dir().join(format!("certificates-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory of ours");
        for name in ["b.crt", "a.crt", "notes.txt"] {
            fs::write(directory.join(name), name).expect("a file of ours");
        }
        let found = observe_certificates(&directory);
        fs::remove_dir_all(&directory).expect("a directory of ours");
        assert_eq!(found, [directory.join("a.crt"), directory.join("b.crt")]);
        assert_eq!(observe_certificates(Path::new("/nowhere")), Vec::<PathBuf>::new());
    }
}
