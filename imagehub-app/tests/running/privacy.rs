//! What is kept is closed to other users of the machine.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::run;
use crate::world::Hub;

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

fn open_to_all(path: &Path) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
}

#[tokio::test]
async fn catalogue_and_backup_are_for_nobody_else() {
    let hub = Hub::in_mesh();
    hub.sign_up("ada").await;
    let data = hub.data.path();
    for file in ["catalogue.sqlite", "catalogue.sqlite-wal"] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
    assert_eq!(mode(&data.join("blobs")), 0o700);
    let backup = data.join("elsewhere/backup");
    run(data, &["backup", backup.to_str().unwrap()]).unwrap();
    assert_eq!(mode(&backup), 0o700);
    assert_eq!(mode(&backup.join("records.jsonl")), 0o600);
}

#[tokio::test]
async fn a_catalogue_that_others_could_read_is_closed_to_them() {
    let hub = Hub::in_mesh();
    let data = crate::kill(hub);
    let file = data.path().join("catalogue.sqlite");
    open_to_all(&file);
    let _hub = Hub::start_in(data, &[]);
    assert_eq!(mode(&file), 0o600);
}
