//! What to write here for words that people know from Compose files.

/// A key of Compose that has no meaning here: where it stands, itself, what to do instead.
const KEYS: &[(&str, &str, &str)] = &[
    ("", "version", "remove it; `landfall: 1` is the version of this format"),
    ("", "name", "the landscape's name is `landscape: NAME`"),
    ("", "networks", "remove it; every environment has a network of its own"),
    (
        "Service",
        "build",
        "declare the image under `images:` (`images: { app: { build: . } }`) and name it: `image: app`",
    ),
    (
        "Job",
        "build",
        "declare the image under `images:` (`images: { app: { build: . } }`) and name it: `image: app`",
    ),
    (
        "Service",
        "container_name",
        "remove it; instances are named after their service, and other services find them by it",
    ),
    ("Service", "networks", "remove it; services find each other by `depends_on`"),
    ("Service", "links", "services find each other by `depends_on: [{ service: db, alias: database }]`"),
    ("Service", "external_links", "declare it under `externals:` and name it in `depends_on`"),
    ("Service", "expose", "ports that a service listens on are `ports: [8080]`"),
    (
        "Service",
        "env_file",
        "write the variables into `environment:`; what an instance can see is in this file",
    ),
    ("Service", "deploy", "write `scale:`, `limits:` and `restart:` directly into the service"),
    ("Service", "replicas", "how many instances run is `scale: 2`"),
    ("Service", "mem_limit", "limits are `limits: { memory: 256M }`"),
    ("Service", "cpus", "limits are `limits: { cpus: 0.5 }`"),
    ("Service", "volumes_from", "declare the volume under `volumes:` and name it in both services"),
    ("Service", "extra_hosts", "declare the host under `externals:` and name it in `depends_on`"),
    ("Healthcheck", "test", "a check is one of `http: /path`, `tcp: true` and `command: [...]`"),
    (
        "DependencyLong",
        "condition",
        "remove it; what is depended on is always waited for until it is healthy",
    ),
    ("DependencyLong", "name", "what is depended on is `service: NAME`"),
    ("PortLong", "target", "the port inside the container is `port: 8080`"),
    ("PortLong", "host_ip", "remove it"),
    ("Mount", "source", "the volume is `volume: NAME`"),
    ("Mount", "target", "the path inside the container is `at: /path`"),
    ("Image", "context", "the build context is `build: PATH`"),
];

/// What to do instead of a key that Compose has and a bill of materials doesn't.
pub(crate) fn hint(definition: &str, key: &str) -> Option<&'static str> {
    KEYS.iter().find(|(place, word, _)| *place == definition && *word == key).map(|(_, _, hint)| *hint)
}

/// How Compose's short spelling of a port or a mount is written here.
pub(crate) fn respelled(definition: &str, text: &str) -> Option<String> {
    let parts: Vec<_> = text.split(':').collect();
    match (definition, parts.as_slice()) {
        ("Port", [published, port]) if is_number(published) && is_number(port) => {
            Some(format!("write it as {{ port: {port}, published: {published} }}"))
        }
        ("Mount", [volume, at]) if at.starts_with('/') && !volume.contains(['/', '.']) => {
            Some(format!("write it as {{ volume: {volume}, at: {at} }}"))
        }
        ("Mount", [volume, at, "ro"]) if at.starts_with('/') && !volume.contains(['/', '.']) => {
            Some(format!("write it as {{ volume: {volume}, at: {at}, read_only: true }}"))
        }
        ("Mount", [_, at, ..]) if at.starts_with('/') => Some(
            "directories of the host can't be mounted; put what is in there into the image or a volume"
                .to_owned(),
        ),
        _ => None,
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}
