//! Environments' volumes.

use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::RemoveVolumeOptions;
use landfall_model::spec::VolumeId;

use super::{Docker, failure, named};
use crate::{Ensure, Error, Result};

impl Docker {
    pub(super) async fn make_volume(&self, volume: &VolumeId) -> Result<Ensure> {
        let name = named::volume_name(volume);
        match self.client.inspect_volume(&name).await {
            Ok(found) if named::parse_volume(&found.labels).as_ref() == Ok(volume) => {
                return Ok(Ensure::NotNeeded);
            }
            Ok(_) => return Err(taken(&name, volume)),
            Err(error) if failure::has_status(&error, 404) => {}
            Err(error) => return Err(self.failed(format!("look for the volume {name}"))(error)),
        }
        let labels = Some(named::volume_labels(volume));
        let request =
            VolumeCreateRequest { name: Some(name.clone()), labels, ..VolumeCreateRequest::default() };
        let made = self.client.create_volume(request).await;
        let made = made.map_err(self.failed(format!("make the volume {name}")))?;
        // The engine gives back a volume of the same name that somebody made meanwhile.
        if named::parse_volume(&made.labels).as_ref() == Ok(volume) {
            Ok(Ensure::Added)
        } else {
            Err(taken(&name, volume))
        }
    }

    pub(super) async fn drop_volume(&self, volume: &VolumeId) -> Result<Ensure> {
        let name = named::volume_name(volume);
        match self.client.inspect_volume(&name).await {
            Ok(found) if named::parse_volume(&found.labels).as_ref() == Ok(volume) => {}
            Ok(_) => return Ok(Ensure::NotNeeded),
            Err(error) if failure::has_status(&error, 404) => return Ok(Ensure::NotNeeded),
            Err(error) => return Err(self.failed(format!("look for the volume {name}"))(error)),
        }
        match self.client.remove_volume(&name, None::<RemoveVolumeOptions>).await {
            Ok(()) => Ok(Ensure::Updated),
            Err(error) if failure::has_status(&error, 404) => Ok(Ensure::NotNeeded),
            Err(error) => Err(self.failed(format!("remove the volume {name}"))(error)),
        }
    }
}

/// Another environment's volume, or one that is not ours, has the name.
fn taken(name: &str, volume: &VolumeId) -> Error {
    let said = format!("a volume of that name is there and doesn't belong to {}", volume.environment);
    Error::Refused { action: format!("make the volume {name}"), source: Box::new(failure::Said(said)) }
}
