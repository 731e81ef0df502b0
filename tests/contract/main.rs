//! What an engine does, shown twice: on the fake of the tests and on a real engine. So the fake cannot drift.
//!
//! The real one is found as devstack finds it (`DOCKER_HOST`, the current context, the usual sockets). Where none
//! answers these tests fail; they are never skipped.

mod containers;
mod events;
mod exec;
mod files;
mod images;
mod life;
mod logs;
mod networks;
mod ports;
mod stage;
mod volumes;

/// Each behaviour becomes a test on the fake (its clock paused) and one on the real engine.
macro_rules! contract {
    ($($topic:ident: $($name:ident),* $(,)?;)*) => {
        mod fake {
            $($(
                #[tokio::test(start_paused = true)]
                async fn $name() {
                    let stage = crate::stage::Stage::fake();
                    stage.show(crate::$topic::$name(stage.clone())).await;
                }
            )*)*
        }

        mod real {
            $($(
                #[tokio::test]
                async fn $name() {
                    let stage = crate::stage::Stage::real().await;
                    stage.show(crate::$topic::$name(stage.clone())).await;
                }
            )*)*
        }
    };
}

contract! {
    images:
        an_image_is_pulled_with_progress,
        an_image_that_no_registry_has_is_not_found_and_not_tried_again,
        a_registry_that_does_not_answer_is_worth_another_try,
        an_image_gets_and_loses_names,
        an_unknown_image_is_none,
        images_with_a_name_are_listed,
        a_registry_is_asked;
    life:
        a_container_is_created_started_stopped_and_removed,
        an_exit_code_is_kept,
        a_stop_signal_is_heeded,
        a_killed_container_is_137,
        what_is_done_already_is_no_error,
        a_program_that_is_missing_cannot_start,
        a_restart_policy_starts_it_again,
        a_health_check_turns_healthy;
    containers:
        names_are_unique_and_can_be_given_up,
        listings_are_filtered_by_labels,
        inspection_tells_what_was_asked_for,
        a_container_that_is_not_there_is_not_found,
        a_container_needs_an_image;
    exec:
        exit_codes_are_told,
        output_is_told_by_stream,
        input_reaches_the_command_and_can_be_closed,
        a_missing_program_is_told_on_standard_output,
        a_running_command_has_no_exit_code,
        a_container_that_does_not_run_refuses;
    logs:
        lines_come_with_stream_and_time,
        the_last_lines_and_those_since_a_time_can_be_asked_for,
        following_ends_with_the_container;
    events:
        events_tell_a_life_in_order,
        events_are_filtered_by_labels;
    networks:
        a_network_is_made_once_and_removed,
        a_network_in_use_stays,
        containers_find_each_other_by_alias,
        a_container_joins_a_further_network,
        a_container_on_an_unknown_network_cannot_start;
    volumes:
        a_volume_is_made_once_and_removed,
        a_volume_in_use_stays,
        anonymous_volumes_go_with_their_container_if_asked,
        mounts_are_told;
    files:
        what_is_uploaded_can_be_downloaded,
        a_volume_keeps_files_for_the_next_container,
        a_path_that_is_not_there_is_not_found;
    ports:
        the_engine_chooses_a_free_port,
        a_port_of_another_container_refuses_the_start,
        a_port_of_another_process_refuses_the_start,
        exposed_ports_are_told;
}
