//! Measures planning: a release lowered, planned and verified, for landscapes of the sizes that are given (or 500 and
//! 5,000 services). Writes one line of JSON for each size: the median times in milliseconds, of so many rounds.

#![expect(clippy::disallowed_methods, reason = "a benchmark has to look at the clock")]
#![expect(clippy::print_stdout, reason = "the figures are this program's output")]

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use landfall_model::landscape::Landscape;
use landfall_model::name::EnvironmentId;
use landfall_model::observed::Observed;
use landfall_model::release::{ImageFacts, Release, ReleaseNumber};
use landfall_model::spec::Stamp;
use landfall_plan::planner::Deployment;
use landfall_plan::{Blueprint, BlueprintInput, DataPolicy, Input, blueprint, plan, verify};
use serde_json::{Map, Value, json};

/// The sizes that are measured if none is given.
const SIZES: [usize; 2] = [500, 5_000];
/// How often each is measured.
const ROUNDS: usize = 9;

/// How long the parts took.
#[derive(Clone, Copy)]
struct Times {
    lower: Duration,
    plan: Duration,
    verify: Duration,
}

fn main() -> Result<(), Box<dyn Error>> {
    let given: Vec<usize> = std::env::args().skip(1).map(|word| word.parse()).collect::<Result<_, _>>()?;
    let sizes = if given.is_empty() { SIZES.to_vec() } else { given };
    for size in sizes {
        let release = release(size)?;
        let rounds: Vec<Times> = (0..ROUNDS).map(|_| measure(&release)).collect::<Result<_, _>>()?;
        let of = |part: fn(&Times) -> Duration| median(rounds.iter().map(part).collect());
        let line = json!({
            "services": size,
            "lower": of(|times| times.lower),
            "plan": of(|times| times.plan),
            "verify": of(|times| times.verify),
            "total": of(|times| times.lower + times.plan + times.verify),
            "rounds": ROUNDS,
        });
        println!("{line}");
    }
    Ok(())
}

/// From a release to a verified plan, on an engine that has nothing yet.
fn measure(release: &Release) -> Result<Times, Box<dyn Error>> {
    let environment = EnvironmentId::new("bench".parse()?, "dev".parse()?);
    let stamp = Stamp { release: ReleaseNumber(1), generation: 1 };
    let (observed, started) = (Observed::default(), Instant::now());
    let input =
        BlueprintInput { release, stamp, environment: &environment, purpose: None, domain: "dev.localhost" };
    let target: Blueprint = blueprint(input).map_err(|errors| format!("{errors:?}"))?;
    let lower = started.elapsed();
    let input = Input {
        environment: &environment,
        active: None,
        target: Some(&target),
        observed: &observed,
        deployment: Deployment::Open,
        data: DataPolicy::AsDeclared,
    };
    let planned = plan(&input);
    let both = started.elapsed();
    verify(&input, &planned).map_err(|violations| format!("{violations:?}"))?;
    let all = started.elapsed();
    black_box(planned);
    Ok(Times { lower, plan: both - lower, verify: all - both })
}

/// A release of so many services. Each but the first depends on two others (a tree, and the one before the last), knows
/// the address of one, and is checked.
fn release(services: usize) -> Result<Release, Box<dyn Error>> {
    let services: Map<String, Value> =
        (0..services).map(|number| (format!("s{number}"), service(number))).collect();
    let landscape: Landscape = serde_json::from_value(json!({ "landscape": "bench", "services": services }))?;
    let facts = ImageFacts { id: "sha256:server".to_owned(), ..ImageFacts::default() };
    let images = BTreeMap::from([("server:1".to_owned(), facts)]);
    Ok(Release { landscape, images, files: BTreeMap::new(), secrets: BTreeMap::new() })
}

fn service(number: usize) -> Value {
    let mut service = json!({
        "image": "server:1",
        "ports": [{ "name": "http", "port": 8080 }],
        "healthcheck": { "http": "/healthz", "interval": "2s" },
        "limits": { "memory": "64M" },
    });
    if number > 0 {
        let mut depends_on = vec![format!("s{}", (number - 1) / 2)];
        depends_on.extend((number > 3).then(|| format!("s{}", number - 2)));
        service["environment"] = json!({ "UPSTREAM": format!("{{{{ services.{}.url }}}}", depends_on[0]) });
        service["depends_on"] = json!(depends_on);
    }
    service
}

/// The middle of an odd number of times, in milliseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1_000.0
}
