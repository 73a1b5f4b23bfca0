//! Images that are named are there.

use landfall_model::Landscape;

use super::{Rule, components, names};
use crate::findings::{Finding, Findings};
use crate::nearest::{did_you_mean, nearest};

pub(super) const RULE: Rule = Rule { name: "images that are named are there", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    for (name, image) in &landscape.images {
        let Some(from) = image.from.as_ref().filter(|from| !landscape.images.contains_key(*from)) else {
            continue;
        };
        let message = format!("there is no image `{from}` in `images`");
        let help = did_you_mean(from.as_str(), names(&landscape.images));
        let otherwise =
            "to build on an image from elsewhere, leave `from` out and name it in the Dockerfile's FROM";
        findings.add(
            Finding::at("unknown-image", format!("images.{name}.from"), message)
                .help(otherwise)
                .help_if(help),
        );
    }
    for component in components(landscape) {
        check_reference(landscape, &component.path, &component.container.image, findings);
    }
}

/// A name that isn't in `images` is a reference to an image built elsewhere, unless it looks mistyped.
fn check_reference(landscape: &Landscape, path: &str, image: &str, findings: &mut Findings) {
    let path = format!("{path}.image");
    if image.is_empty() || image.contains(char::is_whitespace) {
        findings.add(
            Finding::at("image", path, format!("`{image}` is not an image"))
                .help("name an image of `images`, or one that is built elsewhere, like postgres:17"),
        );
        return;
    }
    if landscape.images.keys().any(|name| name.as_str() == image) || image.contains(['/', ':', '@']) {
        return;
    }
    if let Some(near) = nearest(image, names(&landscape.images)) {
        let message =
            format!("`{image}` is not in `images`, so it is taken for an image that is built elsewhere");
        let help = format!("did you mean `{near}`? If not, write `{image}:latest`, or better its version");
        findings.add(Finding::at("unknown-image", path, message).warning().help(help));
    }
}
