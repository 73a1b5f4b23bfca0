//! What every engine does alike: one suite of cases, run over each of them.
//!
//! Docker's half needs a Docker Engine and fails without; `LANDFALL_WITHOUT_DOCKER=1` says that this is known.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "contract/emulation.rs"]
mod emulation;
#[path = "contract/groups.rs"]
mod groups;
#[path = "contract/images.rs"]
mod images;
#[path = "contract/inside.rs"]
mod inside;
#[path = "contract/streams.rs"]
mod streams;
#[path = "contract/subject.rs"]
mod subject;

use emulation::FakeSubject;
use subject::{DockerSubject, run};

/// One test for each case and engine.
macro_rules! contract {
    ($engine:ident: $($module:ident::$case:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $case() {
            super::run::<super::$engine>(stringify!($case), |subject| {
                Box::pin(async move { super::$module::$case(&subject).await })
            })
            .await;
        })*
    };
}

mod docker {
    contract!(DockerSubject:
        groups::writes_are_idempotent,
        groups::groups_grow_and_shrink,
        groups::what_is_missing_is_made_again,
        groups::what_was_stopped_is_started,
        groups::what_was_never_started_is_made_anew,
        groups::an_interrupted_group_is_finished,
        groups::a_network_made_anew_is_used,
        groups::ended_jobs_stay_ended,
        groups::generations_stand_side_by_side,
        groups::labels_say_everything,
        groups::what_is_not_ours_is_left_alone,
        groups::volumes_outlive_groups,
        groups::ports_are_published,
        groups::a_fixed_port_is_had_once,
        groups::an_image_may_be_missing,
        groups::a_secret_may_be_missing,
        groups::the_engine_says_what_it_is,
        groups::stopping_is_patient_and_ends,
        groups::networks_give_addresses,
        inside::a_command_may_be_missing,
        inside::an_init_reports_a_missing_command,
        inside::files_are_there_first,
        inside::files_are_there_in_read_only_containers,
        inside::files_are_there_over_memory,
        inside::a_read_only_container_is_read_only,
        inside::an_init_is_process_one,
        inside::users_variables_and_directories_are_set,
        inside::memory_is_limited,
        inside::capabilities_are_dropped,
        inside::names_are_looked_up_at_the_gateway,
        inside::health_is_the_images_only_where_asked,
        streams::logs_come_in_order,
        streams::logs_can_be_followed,
        streams::long_lines_are_whole,
        streams::commands_have_input_and_exit_codes,
        streams::commands_have_terminals,
        streams::commands_may_be_missing,
        streams::events_tell_of_a_kill,
        streams::probes_of_health_are_no_events,
        streams::exit_codes_are_waited_for,
        streams::what_is_used_is_measured,
        images::images_are_told,
        images::an_image_that_nobody_has_is_not_pulled,
        images::images_are_built,
        images::a_failed_build_says_where,
        images::secrets_are_in_no_layer,
    );
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_unreachable() {
    for address in ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:9", "ssh://nowhere"] {
        let Err(error) = landfall_engine::Docker::connect(Some(address)).await else { panic!("{address}") };
        assert!(matches!(error, landfall_engine::Error::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains(address), "{error}");
    }
}

mod fake {
    contract!(FakeSubject:
        groups::writes_are_idempotent,
        groups::groups_grow_and_shrink,
        groups::what_is_missing_is_made_again,
        groups::what_was_stopped_is_started,
        groups::what_was_never_started_is_made_anew,
        groups::ended_jobs_stay_ended,
        groups::generations_stand_side_by_side,
        groups::labels_say_everything,
        groups::ports_are_published,
        groups::a_fixed_port_is_had_once,
        groups::an_image_may_be_missing,
        groups::a_secret_may_be_missing,
        groups::the_engine_says_what_it_is,
        groups::stopping_is_patient_and_ends,
        groups::networks_give_addresses,
        inside::a_command_may_be_missing,
        inside::an_init_reports_a_missing_command,
        inside::files_are_there_first,
        inside::files_are_there_in_read_only_containers,
        inside::files_are_there_over_memory,
        inside::health_is_the_images_only_where_asked,
        streams::logs_come_in_order,
        streams::logs_can_be_followed,
        streams::long_lines_are_whole,
        streams::commands_have_input_and_exit_codes,
        streams::commands_may_be_missing,
        streams::events_tell_of_a_kill,
        streams::exit_codes_are_waited_for,
        images::images_are_told,
        images::an_image_that_nobody_has_is_not_pulled,
    );
}
