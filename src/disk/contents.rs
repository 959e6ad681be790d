//! What counts, but for the logs' messages: read from the files when a server begins, since memory only knows where it stands.

use super::codec::Item;
use super::held::Place;
use super::read::Window;
use super::{DiskStore, lock};
use crate::store::{Letters, Record, StoreError, Tables};

impl DiskStore {
    /// What waits for webhooks, and what is dead.
    pub fn letters(&self) -> Result<Letters, StoreError> {
        let places = lock(&self.held).letters();
        let mut tables = Tables::default();
        self.read_records(places, |record| tables.apply(&record))?;
        Ok(tables.letters)
    }

    /// Each item says all about its subject, and only the latest counts, so they make up the tables in any order.
    pub(super) fn read_tables(&self) -> Result<Tables, StoreError> {
        let places = lock(&self.held).places();
        let mut tables = Tables::default();
        self.read_records(places, |record| tables.apply(&record))?;
        // a head stands on the disk as it was before the posts that came after it
        tables.logs.clone_from(&lock(&self.held).heads);
        Ok(tables)
    }

    fn read_records(&self, places: Vec<Place>, mut take: impl FnMut(Record)) -> Result<(), StoreError> {
        let mut window = Window::default();
        for place in places {
            let file = lock(&self.held).segments.get(&place.segment).map(|segment| segment.file.clone());
            let Some(file) = file else { continue };
            match window.item(&self.directory, &file, place)? {
                Item::Record(record) => take(record),
                Item::Head { .. } | Item::Retired { .. } => {}
            }
        }
        Ok(())
    }
}
