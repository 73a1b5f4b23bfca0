//! A health check asks one question, of a port that is there.

use landfall_model::Landscape;
use landfall_model::landscape::{Healthcheck, Port};

use super::{Rule, overrides, port_names};
use crate::findings::{Finding, Findings};
use crate::nearest::did_you_mean;

pub(super) const RULE: Rule =
    Rule { name: "a health check asks one question, of a port that is there", check };

const ONE_OF: &str =
    "a health check has one of `http: /path`, `tcp: true`, `command: [...]` and `disable: true`";

fn check(landscape: &Landscape, findings: &mut Findings) {
    for (name, service) in &landscape.services {
        if let Some(check) = &service.healthcheck {
            let path = format!("services.{name}.healthcheck");
            check_question(&path, check, findings);
            check_port(&path, check, &service.ports, findings);
        }
    }
    for (path, _, service, differs) in overrides(landscape) {
        let ports = differs.ports.as_ref().unwrap_or(&service.ports);
        if let Some(check) = differs.healthcheck.as_ref() {
            let path = format!("{path}.healthcheck");
            check_question(&path, check, findings);
            check_port(&path, check, ports, findings);
        } else if let (Some(check), true) = (&service.healthcheck, differs.ports.is_some()) {
            check_port(&format!("{path}.ports"), check, ports, findings);
        }
    }
    for (name, external) in &landscape.externals {
        let Some(check) = &external.healthcheck else { continue };
        let path = format!("externals.{name}.healthcheck");
        check_question(&path, check, findings);
        if check.port.is_some() {
            let message = "an external has one port, which the check asks";
            findings.add(Finding::at("unknown-port", format!("{path}.port"), message).help("remove `port`"));
        }
    }
}

fn check_question(path: &str, check: &Healthcheck, findings: &mut Findings) {
    let questions = [
        ("http", check.http.is_some()),
        ("tcp", check.tcp == Some(true)),
        ("command", check.command.is_some()),
        ("disable", check.disable == Some(true)),
    ];
    let asked: Vec<_> = questions.into_iter().filter(|(_, asked)| *asked).map(|(name, _)| name).collect();
    match asked.as_slice() {
        [] => {
            findings.add(Finding::at_key("healthcheck", path, "this health check asks nothing").help(ONE_OF))
        }
        [_] => {}
        [first, rest @ ..] => {
            let message = format!("this health check has `{first}` and `{}`", rest.join("` and `"));
            let finding = Finding::at_key("healthcheck", format!("{path}.{}", rest[0]), message).help(ONE_OF);
            findings.add(finding.related_key(format!("{path}.{first}"), "the first one"));
        }
    }
    if let Some(http) = check.http.as_ref().filter(|http| !http.starts_with('/')) {
        let message = format!("`{http}` should be a path that begins with `/`");
        let finding = Finding::at("healthcheck", format!("{path}.http"), message);
        let web = http.contains("://");
        findings.add(finding.help(if web {
            "leave out the host: the check asks every instance".to_owned()
        } else {
            format!("write http: /{http}")
        }));
    }
    if check.command.as_ref().is_some_and(|command| command.words().is_empty()) {
        findings.add(
            Finding::at("healthcheck", format!("{path}.command"), "this command has no words").help(ONE_OF),
        );
    }
}

fn check_port(path: &str, check: &Healthcheck, ports: &[Port], findings: &mut Findings) {
    let asks_port = check.http.is_some() || check.tcp == Some(true);
    match &check.port {
        Some(port) if !port_names(ports).any(|known| known == port.as_str()) => {
            let message = format!("there is no port named `{port}`");
            let help = did_you_mean(port.as_str(), port_names(ports));
            let finding = Finding::at("unknown-port", format!("{path}.port"), message);
            findings.add(
                finding.help(format!("name a port: `ports: [{{ name: {port}, port: 8080 }}]`")).help_if(help),
            );
        }
        None if asks_port && ports.is_empty() => {
            let message = "this health check asks a port, and the service has none";
            findings.add(Finding::at_key("no-port", path, message).help("add a port: `ports: [8080]`"));
        }
        _ => {}
    }
}
