//! Groups: what there should be of one beside what there is, and the calls in between, concurrently.

use bollard::query_parameters::ListContainersOptions;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use landfall_model::observed::{Instance, InstanceState};
use landfall_model::quantity::Period;
use landfall_model::sealed::Secrets;
use landfall_model::spec::{Group, GroupId, Stamp};

use super::container::{self, Order};
use super::{Docker, named, observe};
use crate::steps::{Removal, Steps, plan_steps};
use crate::{Ensure, Error, Result};

/// What is asked for of a group.
pub(super) struct Wish<'a> {
    pub(super) group: &'a Group,
    pub(super) instances: u32,
    pub(super) stamp: Stamp,
    pub(super) secrets: &'a Secrets,
}

impl Docker {
    pub(super) async fn make_group(&self, wish: &Wish<'_>) -> Result<Ensure> {
        let steps = plan_steps(wish.group, wish.instances, &self.members(&wish.group.id).await?);
        let done = steps.outcome();
        if done == Ensure::NotNeeded {
            return Ok(done);
        }
        match self.take_steps(wish, &steps).await {
            // The network was made anew since we last saw it: look again, once.
            Err(Error::Missing { what }) if what.starts_with("network ") => {
                self.forget(&wish.group.id.environment);
                let steps = plan_steps(wish.group, wish.instances, &self.members(&wish.group.id).await?);
                // What ended in the network that was can't be started in the one that is.
                self.take_steps(wish, &steps.anew()).await.map(|()| done)
            }
            taken => taken.map(|()| done),
        }
    }

    async fn take_steps(&self, wish: &Wish<'_>, steps: &Steps) -> Result<()> {
        let network = if steps.create.is_empty() {
            None
        } else {
            Some(self.network(&wish.group.id.environment).await?)
        };
        // What has to go may have a name or a port that what comes needs.
        let removed = join_all(steps.remove.iter().map(|removal| self.remove_member(removal))).await;
        removed.into_iter().collect::<Result<()>>()?;
        let mut work: Vec<BoxFuture<'_, Result<()>>> = Vec::new();
        work.extend(steps.start.iter().map(|(_, id)| self.start_member(id, wish.group).boxed()));
        for number in &steps.create {
            let Wish { group, stamp, secrets, .. } = *wish;
            let network = network.as_ref().expect("looked up where there is something to create");
            let order = Order { group, stamp, number: *number, network, secrets };
            work.push(async move { self.launch(&order).await }.boxed());
        }
        // All are waited for: what fails must not leave the others half done.
        join_all(work).await.into_iter().collect()
    }

    async fn start_member(&self, id: &str, group: &Group) -> Result<()> {
        let _turn = self.work.acquire().await.expect("nothing closes it");
        self.start(id, &group.shape.image).await
    }

    async fn remove_member(&self, removal: &Removal) -> Result<()> {
        let id = match removal {
            Removal::AtOnce(id) => id,
            Removal::Gently(id) => {
                self.stop(id, None).await?;
                id
            }
        };
        let _turn = self.work.acquire().await.expect("nothing closes it");
        self.drop_container(id).await.map(|_| ())
    }

    pub(super) async fn drop_group(&self, group: &GroupId, grace: Period) -> Result<Ensure> {
        let members = self.members(group).await?;
        if members.is_empty() {
            return Ok(Ensure::NotNeeded);
        }
        let removed = join_all(members.iter().map(|member| self.stop_and_remove(member, grace))).await;
        removed.into_iter().collect::<Result<()>>().map(|()| Ensure::Updated)
    }

    async fn stop_and_remove(&self, member: &Instance, grace: Period) -> Result<()> {
        if member.state.is_up() || member.state == InstanceState::Restarting {
            self.stop(&member.id, Some(container::seconds(grace.millis()))).await?;
        }
        let _turn = self.work.acquire().await.expect("nothing closes it");
        self.drop_container(&member.id).await.map(|_| ())
    }

    /// The group's containers, whatever they are doing.
    async fn members(&self, group: &GroupId) -> Result<Vec<Instance>> {
        let filters = Some(named::filter(&named::group_labels(group)));
        let options = ListContainersOptions { all: true, filters, ..ListContainersOptions::default() };
        let listed = self.client.list_containers(Some(options)).await;
        let listed = listed.map_err(self.failed("list containers"))?;
        Ok(listed.into_iter().filter_map(|summary| observe::parse_instance(summary, &[])).collect())
    }
}
