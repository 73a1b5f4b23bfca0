//! The examples that ship do what their descriptions say.

use std::path::Path;
use std::process::Command;

use crate::machine::get;
use crate::rig::Rig;

#[test]
fn hello_says_hello() {
    let Some(rig) = Rig::example("hello") else { return };
    rig.up();
    assert_eq!(get(&rig.url("dev", "web")).unwrap(), "greeter:8080 says: Hello from dev");
    rig.call(&["down"]).expect(0);
    rig.expect_nothing_left();
}

/// From the bill of materials to pictures of a real point cloud, compared with known values of the input. Without
/// cached images it needs the mirrors of Debian and PyPI, and some minutes.
#[test]
fn lidar_makes_a_map() {
    let Some(rig) = Rig::example("lidar") else { return };
    trust_what_the_machine_trusts(&rig);
    rig.up();
    rig.call(&["run", "sample"]).expect(0);
    let url = rig.url("dev", "viewer");
    let checked = Command::new(rig.path().join("tests/check")).arg(&url).output().unwrap();
    let said =
        String::from_utf8_lossy(&checked.stdout).into_owned() + &String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success() && said.contains("0 problems"), "{said}");
    rig.up().says(&["nothing to do"]);
    rig.call(&["run", "report"]).expect(0);

    rig.call(&["down", "--yes"]).expect(0).says(&["kept: pgdata, uploads"]);
    rig.up();
    let kept = Command::new(rig.path().join("tests/check")).arg(rig.url("dev", "viewer")).output().unwrap();
    assert!(kept.status.success(), "the data is still there: {kept:?}");
    rig.call(&["down", "--purge", "--yes"]).expect(0);
    rig.expect_nothing_left();
}

/// In a network that looks into encrypted traffic, builds need its certificate, as the example's README says.
fn trust_what_the_machine_trusts(rig: &Rig) {
    let Ok(listed) = std::fs::read_dir(Path::new("/usr/local/share/ca-certificates")) else { return };
    for certificate in listed.flatten().filter(|entry| entry.path().extension().is_some_and(|it| it == "crt"))
    {
        let to = rig.path().join("images/runtime/certificates").join(certificate.file_name());
        std::fs::copy(certificate.path(), to).unwrap();
    }
}
