//! Environments' networks.

use std::net::IpAddr;

use bollard::models::{Ipam, NetworkCreateRequest};
use bollard::query_parameters::{InspectNetworkOptions, ListNetworksOptions};
use landfall_model::name::EnvironmentId;
use landfall_model::observed::Network;

use super::{Docker, failure, named};
use crate::{Ensure, Error, Result};

impl Docker {
    pub(super) async fn make_network(&self, environment: &EnvironmentId) -> Result<(Network, Ensure)> {
        let _making = self.inner.making.lock().await;
        if let Some(network) = self.observe_network(environment).await? {
            return Ok((network, Ensure::NotNeeded));
        }
        let name = named::network_name(environment);
        let request = NetworkCreateRequest {
            name: name.clone(),
            driver: Some("bridge".to_owned()),
            labels: Some(named::environment_labels(environment)),
            ..NetworkCreateRequest::default()
        };
        let made = self.client.create_network(request).await;
        let id = made.map_err(self.failed(format!("make the network {name}")))?.id;
        let network = self.inspect_network(&id, environment).await?;
        self.remember(&network);
        Ok((network, Ensure::Added))
    }

    pub(super) async fn drop_network(&self, environment: &EnvironmentId) -> Result<Ensure> {
        let _making = self.inner.making.lock().await;
        self.forget(environment);
        let mut done = Ensure::NotNeeded;
        for network in self.list_networks(environment).await? {
            match self.client.remove_network(&network.id).await {
                Ok(()) => done = Ensure::Updated,
                Err(error) if failure::has_status(&error, 404) => {}
                Err(error) => {
                    let name = named::network_name(environment);
                    return Err(self.failed(format!("remove the network {name}"))(error));
                }
            }
        }
        Ok(done)
    }

    /// The environment's network as it was last seen, or else as it is.
    pub(super) async fn network(&self, environment: &EnvironmentId) -> Result<Network> {
        let known =
            self.inner.networks.lock().expect("nothing panics while it holds this").get(environment).cloned();
        let missing = || Error::Missing { what: format!("network {}", named::network_name(environment)) };
        match known {
            Some(network) => Ok(network),
            None => self.observe_network(environment).await?.ok_or_else(missing),
        }
    }

    pub(super) fn remember(&self, network: &Network) {
        let mut known = self.inner.networks.lock().expect("nothing panics while it holds this");
        known.insert(network.environment.clone(), network.clone());
    }

    pub(super) fn forget(&self, environment: &EnvironmentId) {
        self.inner.networks.lock().expect("nothing panics while it holds this").remove(environment);
    }

    /// The environment whose network has this id, as far as we have seen it.
    pub(super) fn environment_of(&self, network: &str) -> Option<EnvironmentId> {
        let known = self.inner.networks.lock().expect("nothing panics while it holds this");
        known.values().find(|known| known.id == network).map(|known| known.environment.clone())
    }

    async fn observe_network(&self, environment: &EnvironmentId) -> Result<Option<Network>> {
        let network = self.list_networks(environment).await?.into_iter().next();
        match &network {
            Some(network) => self.remember(network),
            None => self.forget(environment),
        }
        Ok(network)
    }

    async fn list_networks(&self, environment: &EnvironmentId) -> Result<Vec<Network>> {
        let filters = Some(named::filter(&named::environment_labels(environment)));
        let listed = self.client.list_networks(Some(ListNetworksOptions { filters })).await;
        let networks = listed.map_err(self.failed("list networks"))?;
        let network = |network: bollard::models::Network| Network {
            id: network.id.unwrap_or_default(),
            environment: environment.clone(),
            gateway: parse_gateway(network.ipam),
        };
        Ok(networks.into_iter().map(network).collect())
    }

    async fn inspect_network(&self, id: &str, environment: &EnvironmentId) -> Result<Network> {
        let found = self.client.inspect_network(id, None::<InspectNetworkOptions>).await;
        let found = found.map_err(self.failed("inspect a network"))?;
        Ok(Network {
            id: id.to_owned(),
            environment: environment.clone(),
            gateway: parse_gateway(found.ipam),
        })
    }
}

/// The host's address in a network: the first gateway, preferably an IPv4 one.
pub(super) fn parse_gateway(ipam: Option<Ipam>) -> Option<IpAddr> {
    let configs = ipam.and_then(|ipam| ipam.config).unwrap_or_default();
    // Some engines give the gateway with the network's length: 172.18.0.1/16.
    let gateway = |text: &str| text.split('/').next().and_then(|address| address.parse::<IpAddr>().ok());
    let gateways = configs.iter().filter_map(|config| gateway(config.gateway.as_deref()?));
    gateways.min_by_key(IpAddr::is_ipv6)
}
