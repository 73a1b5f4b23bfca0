//! Data outlives what writes it, and is never lost without somebody having said so.

use crate::rig::Rig;

const BOM: &str = r#"
services:
  writer: { APP, environment: { SAY: one }, volumes: [{ volume: data, at: /data }, { volume: precious, at: /precious }] }
  reader: { APP, volumes: [{ volume: data, at: /data, read_only: true }] }
volumes:
  data: {}
  precious: { keep: true }
"#;

#[test]
fn data_outlives_its_service() {
    let Some(rig) = Rig::new(BOM) else { return };
    rig.up();
    rig.inside("writer", "echo kept > /data/note && echo gold > /precious/note");
    assert_eq!(rig.inside("reader", "cat /data/note"), "kept", "a volume is shared");
    rig.call(&["exec", "-T", "reader", "touch", "/data/other"]).expect(1);

    let before = rig.containers();
    rig.write(&BOM.replace("SAY: one", "SAY: two"));
    rig.up();
    assert_ne!(rig.containers()["writer"].id, before["writer"].id);
    assert_eq!(rig.inside("writer", "cat /data/note /precious/note"), "kept\ngold");

    let before = rig.containers();
    let refused = rig.call(&["down"]).expect(1);
    refused.says(&["data", "will be lost", "--yes"]);
    assert_eq!(rig.containers(), before, "nothing was done");

    rig.call(&["down", "--yes"]).expect(0).says(&["kept: precious", "--purge"]);
    assert!(rig.things("container").is_empty());
    assert_eq!(rig.things("volume").len(), 1, "what is to be kept is kept, and nothing else");
    rig.up();
    assert_eq!(rig.inside("writer", "cat /precious/note"), "gold");
    assert_eq!(rig.inside("writer", "ls /data"), "");

    rig.call(&["down", "--purge"]).expect(1).says(&["data", "precious", "--yes"]);
    rig.call(&["down", "--purge", "--yes"]).expect(0);
    rig.expect_nothing_left();
}
