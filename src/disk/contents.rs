//! What counts, but for the logs' messages: read from the files when a server begins, since memory only knows where it stands.

use super::codec::Item;
use super::read::Window;
use super::{DiskStore, lock};
use crate::store::{StoreError, Tables};

impl DiskStore {
    /// Each item says all about its subject, and only the latest counts, so they make up the tables in any order.
    pub(super) fn read_tables(&self) -> Result<Tables, StoreError> {
        let places = lock(&self.held).places();
        let (mut tables, mut window) = (Tables::default(), Window::default());
        for place in places {
            let file = lock(&self.held).segments.get(&place.segment).map(|segment| segment.file.clone());
            let Some(file) = file else { continue };
            match window.item(&self.directory, &file, place)? {
                Item::Record(record) => tables.apply(&record),
                Item::Head { .. } | Item::Retired { .. } => {}
            }
        }
        // a head stands on the disk as it was before the posts that came after it
        tables.logs.clone_from(&lock(&self.held).heads);
        Ok(tables)
    }
}
