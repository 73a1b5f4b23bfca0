//! The labels on everything that we make on an engine: a public contract, and the only truth of what runs.

/// The landscape's name.
pub const LANDSCAPE: &str = "landfall.landscape";
/// The environment's name.
pub const ENVIRONMENT: &str = "landfall.environment";
/// The service's name, on a service's instances.
pub const SERVICE: &str = "landfall.service";
/// The job's name, on a job's instance.
pub const JOB: &str = "landfall.job";
/// The volume's name in the landscape, on a volume.
pub const VOLUME: &str = "landfall.volume";
/// The number of the release that made the instance.
pub const RELEASE: &str = "landfall.release";
/// The number of the generation that made the instance.
pub const GENERATION: &str = "landfall.generation";
/// The instance's number within its group, from 1.
pub const INSTANCE: &str = "landfall.instance";
/// The hash of the group's complete specification.
pub const HASH: &str = "landfall.hash";
/// What discovery needs to know, as JSON ([`crate::spec::Discovery`]).
pub const DISCOVERY: &str = "landfall.discovery";
/// The image's name in the landscape, on an image that we built.
pub const IMAGE: &str = "landfall.image";
/// The hash of everything that went into the build, on an image that we built.
pub const INPUTS: &str = "landfall.inputs";
