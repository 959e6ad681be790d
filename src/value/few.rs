//! A map or set of few things, in their order: one piece of memory, no larger than what is in it.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::iter::Map;
use std::slice;
use std::vec;

/// See the module. Finding takes as long as in a tree; what is added or taken out moves what is behind it. Without values it is
/// a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Few<Key, Of = ()>(Box<[(Key, Of)]>);

impl<Key, Of> Default for Few<Key, Of> {
    fn default() -> Self {
        Few(Box::default())
    }
}

impl<Key: Ord, Of> Few<Key, Of> {
    /// How many are in it.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In their order.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.0.iter().map(|(key, _)| key)
    }

    /// In the order of what they are of.
    pub fn entries(&self) -> impl Iterator<Item = &(Key, Of)> {
        self.0.iter()
    }

    /// Whether it is in it.
    pub fn contains<Q: Ord + ?Sized>(&self, wanted: &Q) -> bool
    where
        Key: Borrow<Q>,
    {
        self.place(wanted).is_ok()
    }

    /// What is there of it.
    pub fn get<Q: Ord + ?Sized>(&self, wanted: &Q) -> Option<&Of>
    where
        Key: Borrow<Q>,
    {
        let at = self.place(wanted).ok()?;
        self.0.get(at).map(|(_, of)| of)
    }

    /// Puts it in, in the place of what was there; whether nothing was.
    pub fn put(&mut self, key: Key, of: Of) -> bool {
        let place = self.place(&key);
        match place {
            Ok(at) => {
                if let Some((_, there)) = self.0.get_mut(at) {
                    *there = of;
                }
            }
            Err(at) => self.change(|all| {
                all.reserve_exact(1);
                all.insert(at, (key, of));
            }),
        }
        place.is_err()
    }

    /// Takes it out, if it was in.
    pub fn take<Q: Ord + ?Sized>(&mut self, gone: &Q) -> Option<Of>
    where
        Key: Borrow<Q>,
    {
        let at = self.place(gone).ok()?;
        let (_, of) = self.change(|all| all.remove(at));
        Some(of)
    }

    /// Takes it out; whether it was in.
    pub fn remove<Q: Ord + ?Sized>(&mut self, gone: &Q) -> bool
    where
        Key: Borrow<Q>,
    {
        self.take(gone).is_some()
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut Vec<(Key, Of)>) -> T) -> T {
        let mut all = std::mem::take(&mut self.0).into_vec();
        let changed = change(&mut all);
        self.0 = all.into_boxed_slice();
        changed
    }

    fn place<Q: Ord + ?Sized>(&self, wanted: &Q) -> Result<usize, usize>
    where
        Key: Borrow<Q>,
    {
        self.0.binary_search_by(|(key, _)| key.borrow().cmp(wanted))
    }
}

impl<Key: Ord> Few<Key> {
    /// In their order.
    pub fn iter(&self) -> Keys<'_, Key> {
        self.into_iter()
    }

    /// Puts it in; whether it was not.
    pub fn insert(&mut self, new: Key) -> bool {
        self.put(new, ())
    }
}

impl<Key, Of> From<BTreeMap<Key, Of>> for Few<Key, Of> {
    fn from(all: BTreeMap<Key, Of>) -> Self {
        Few(all.into_iter().collect())
    }
}

impl<Key: Ord> Extend<Key> for Few<Key> {
    fn extend<Iter: IntoIterator<Item = Key>>(&mut self, more: Iter) {
        for one in more {
            self.insert(one);
        }
    }
}

/// What is in a set.
pub type Keys<'few, Key> = Map<slice::Iter<'few, (Key, ())>, fn(&(Key, ())) -> &Key>;

impl<'few, Key> IntoIterator for &'few Few<Key> {
    type Item = &'few Key;
    type IntoIter = Keys<'few, Key>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(key, ())| key)
    }
}

impl<Key> IntoIterator for Few<Key> {
    type Item = Key;
    type IntoIter = Map<vec::IntoIter<(Key, ())>, fn((Key, ())) -> Key>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_vec().into_iter().map(|(key, ())| key)
    }
}

#[cfg(test)]
mod tests {
    use super::Few;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_the_set_that_a_tree_is(steps in prop::collection::vec((any::<bool>(), 0u8..12), 0..60)) {
            let (mut few, mut tree) = (Few::default(), BTreeSet::new());
            for (is_new, one) in steps {
                match is_new {
                    true => prop_assert_eq!(few.insert(one), tree.insert(one)),
                    false => prop_assert_eq!(few.remove(&one), tree.remove(&one)),
                }
                prop_assert_eq!(few.contains(&one), tree.contains(&one));
                prop_assert_eq!((few.len(), few.is_empty()), (tree.len(), tree.is_empty()));
                prop_assert!(few.iter().eq(&tree));
            }
        }
    }

    #[test]
    fn what_is_put_in_again_is_in_the_place_of_what_was_there() {
        let mut few = Few::default();
        assert!(few.put("b", 1) && few.put("a", 2) && !few.put("b", 3));
        assert_eq!(*few.0, [("a", 2), ("b", 3)]);
        assert_eq!((few.take("b"), few.take("b"), few.len()), (Some(3), None, 1));
    }
}
