//! What is refused before anything is built, and the order of layers.

use std::fs;

use super::*;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// An image with its `from`, its arguments and its Dockerfile.
type ImageOf<'a> = (&'a str, Option<&'a str>, &'a [(&'a str, &'a str)], &'a str);

fn project(images: &[ImageOf<'_>]) -> (tempfile::TempDir, BuildAll) {
    let directory = tempfile::tempdir().unwrap();
    let mut landscape = empty();
    for (image, from, args, dockerfile) in images {
        fs::create_dir(directory.path().join(image)).unwrap();
        fs::write(directory.path().join(image).join("Dockerfile"), dockerfile).unwrap();
        let args = args.iter().map(|(name, text)| ((*name).to_owned(), text.parse().unwrap())).collect();
        let image_of = Image {
            build: (*image).to_owned(),
            from: from.map(name),
            dockerfile: None,
            args,
            target: None,
            secrets: Vec::new(),
        };
        landscape.images.insert(name(image), image_of);
    }
    let request = BuildAll {
        project: directory.path().to_owned(),
        landscape: Arc::new(landscape),
        only: None,
        builder: None,
        parallel: 2,
        secrets: BTreeMap::new(),
    };
    (directory, request)
}

fn empty() -> Landscape {
    Landscape {
        landfall: None,
        landscape: name("lidar"),
        description: None,
        images: BTreeMap::new(),
        services: BTreeMap::new(),
        jobs: BTreeMap::new(),
        volumes: BTreeMap::new(),
        externals: BTreeMap::new(),
        secrets: BTreeMap::new(),
        configs: BTreeMap::new(),
        purposes: BTreeMap::new(),
        cost: None,
    }
}

const ON_BASE: &str = "ARG BASE\nFROM ${BASE}\n";

#[tokio::test]
async fn parents_come_first_and_are_brought_along() {
    let (_directory, mut request) = project(&[
        ("app", Some("runtime"), &[], ON_BASE),
        ("os", None, &[("WHO", "for {{ landscape.name }}")], "FROM debian\n"),
        ("other", None, &[], "FROM scratch\n"),
        ("runtime", Some("os"), &[], ON_BASE),
    ]);
    let names =
        |images: &[Arc<Prepared>]| images.iter().map(|image| image.name.to_string()).collect::<Vec<_>>();
    let images = prepare(&request).await.unwrap();
    assert_eq!(names(&images), ["os", "runtime", "app", "other"]);
    assert_eq!(images[0].args["WHO"], "for lidar");
    assert_eq!(images[0].bases, [Reference { image: "debian".to_owned(), line: 1 }]);
    assert_eq!(images[1].bases, []);
    request.only = Some(BTreeSet::from([name("runtime")]));
    assert_eq!(names(&prepare(&request).await.unwrap()), ["os", "runtime"]);
}

#[tokio::test]
async fn what_is_wrong_is_said_all_at_once() {
    let (directory, request) = project(&[
        ("a", Some("d"), &[], "FROM debian\n"),
        ("b", Some("d"), &[("BASE", "x")], ON_BASE),
        ("c", None, &[("TOKEN", "{{ secrets.token }}")], "FROM debian\n"),
        ("d", None, &[], "FROM debian\n"),
        ("e", None, &[("DB", "{{ services.db.host }}")], "FROM debian\n"),
        ("f", None, &[], ON_BASE),
        ("g", None, &[], "RUN true\n"),
    ]);
    fs::remove_file(directory.path().join("d/Dockerfile")).unwrap();
    let error = prepare(&request).await.unwrap_err();
    assert_eq!(error.each().len(), 7);
    let text = error.to_string().replace(&directory.path().display().to_string(), "DIR");
    let expected = "\
the files of the image d can't be read: there is no DIR/d/Dockerfile: write it, or say with `dockerfile` how it is called within DIR/d
the image a says `from: d`, but DIR/a/Dockerfile doesn't take it; begin it with

    ARG BASE
    FROM ${BASE}

the image b sets `BASE` in `args`, but its `from` sets it: take one of the two away
the argument TOKEN of the image c has the secret token in it, and every layer would show it; say `secrets: [token]` instead and read it with RUN --mount=type=secret,id=token
the argument DB of the image e refers to services.db.host, which is not known when an image is built; only {{ landscape.name }} is
DIR/f/Dockerfile of the image f can't be understood: line 2: `FROM ${BASE}` names no image, because BASE has no value; say in the bill of materials which image it is built on: `from: NAME`
DIR/g/Dockerfile of the image g can't be understood: there is no FROM in it";
    assert_eq!(text, expected);
}

#[tokio::test]
async fn circles_and_unknown_images_are_refused() {
    let (_directory, request) = project(&[("a", Some("b"), &[], ON_BASE), ("b", Some("a"), &[], ON_BASE)]);
    let error = prepare(&request).await.unwrap_err();
    assert_eq!(error.to_string(), "these images are built on each other in a circle: a, b");
    let (_directory, mut request) = project(&[("a", Some("x"), &[], ON_BASE)]);
    assert_eq!(prepare(&request).await.unwrap_err().to_string(), "`images` has no x; it has a");
    request.only = Some(BTreeSet::from([name("nothing")]));
    assert_eq!(prepare(&request).await.unwrap_err().to_string(), "`images` has no nothing; it has a");
}
