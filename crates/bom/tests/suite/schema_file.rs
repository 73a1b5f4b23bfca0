//! The schema that is checked in is the schema of the types.

use std::path::PathBuf;

use landfall_bom::schema;

#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads what is checked in, or writes it when asked")]
fn the_schema_that_is_checked_in_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/landfall.schema.json");
    let current = format!("{:#}\n", schema());
    if std::env::var("LANDFALL_BLESS").is_ok() {
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        std::fs::write(&path, &current).expect("written");
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == current,
        "docs/reference/landfall.schema.json is stale; run: LANDFALL_BLESS=1 cargo test -p landfall-bom"
    );
}
