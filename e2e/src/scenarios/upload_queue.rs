//! The upload queue in a real browser: nothing that is on its way is lost, whatever becomes of the
//! limit, the room, the session or the network, and every file says how it went.

mod arrivals;
mod files;
mod holds;

use crate::scenario::Scenario;
use crate::visitor::scenario;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "upload_queue::a_first_picture_is_chosen_and_tagged_without_a_new_page",
            arrivals::first_picture,
        ),
        scenario(
            "upload_queue::a_picture_appears_only_where_it_belongs",
            arrivals::elsewhere,
        ),
        scenario(
            "upload_queue::forty_files_are_counted_in_one_place",
            arrivals::forty_files,
        ),
        scenario(
            "upload_queue::takes_what_is_chosen_pasted_or_dropped_anywhere",
            arrivals::every_way_in,
        ),
        scenario(
            "upload_queue::leaves_pasted_text_and_dragged_tiles_alone",
            arrivals::not_meant_for_it,
        ),
        scenario(
            "upload_queue::an_empty_gallery_is_filled_with_sample_pictures",
            arrivals::samples,
        ),
        scenario("upload_queue::a_cancelled_upload_is_gone", files::cancelled),
        scenario(
            "upload_queue::a_failed_file_says_why_and_is_tried_again",
            files::failed,
        ),
        scenario(
            "upload_queue::a_folder_gives_its_pictures_and_the_rest_is_told_in_one_line",
            files::folder,
        ),
        scenario(
            "upload_queue::names_the_picture_a_file_equals_and_brings_deleted_ones_back",
            files::known_already,
        ),
        scenario(
            "upload_queue::a_hostile_file_name_stays_text",
            files::hostile_name,
        ),
        scenario(
            "upload_queue::waits_for_a_new_session_and_goes_on",
            holds::session_ends,
        ),
        scenario(
            "upload_queue::goes_on_when_the_network_is_back",
            holds::offline,
        ),
        scenario(
            "upload_queue::goes_on_when_the_application_is_back",
            holds::application_away,
        )
        .disturbs(),
        scenario(
            "upload_queue::waits_out_a_limit_and_goes_on_by_itself",
            holds::limit,
        )
        .disturbs(),
        scenario(
            "upload_queue::says_when_it_is_the_limit_of_everybody_together",
            holds::limit_of_all,
        )
        .disturbs(),
        scenario(
            "upload_queue::waits_for_a_right_that_was_taken_away",
            holds::role_lowered,
        ),
        scenario(
            "upload_queue::waits_for_room_on_the_servers_disk",
            holds::no_space,
        )
        .disturbs(),
        scenario(
            "upload_queue::gives_a_file_up_after_six_tries_until_it_is_told_to_go_on",
            files::given_up,
        )
        .disturbs(),
        scenario(
            "upload_queue::asks_before_a_page_is_left_that_has_something_on_its_way",
            files::leaving,
        ),
        scenario(
            "upload_queue::goes_on_at_once_after_an_upgrade",
            holds::upgraded,
        )
        .disturbs(),
        scenario(
            "upload_queue::a_full_gallery_is_upgraded_in_place",
            holds::full,
        )
        .disturbs(),
    ]
}
