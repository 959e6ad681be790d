//! Proofs: what they are about. Whether they hold, the graphs say.

use super::Lowering;
use crate::model::{Claim, MachineId, Proof};
use crate::syntax::ast::{self, Name};

impl Lowering<'_> {
    pub(super) fn lower_proofs(&mut self) -> Vec<Proof> {
        let mut proofs = Vec::new();
        for at in 0..self.items.proofs.len() {
            let Some(item) = self.items.proofs.get(at).copied() else {
                continue;
            };
            if let Some(claim) = self.lower_claim(&item.claim) {
                proofs.push(Proof { claim, span: item.span });
            }
        }
        proofs
    }

    fn lower_claim(&mut self, claim: &ast::Claim) -> Option<Claim> {
        match claim {
            ast::Claim::RoomBehind { room, locks } => {
                let (room, locks) = (self.room_named(room), self.locks_named(locks));
                Some(Claim::RoomBehind(room?, locks?))
            }
            ast::Claim::SetBehind { attribute, locks } => {
                let (attribute, locks) = (self.attribute_named(attribute), self.locks_named(locks));
                Some(Claim::SetBehind(attribute?, locks?))
            }
            ast::Claim::NeverSet { attribute } => self.attribute_named(attribute).map(Claim::NeverSet),
            ast::Claim::NeverTo { from, to } => {
                let (from, to) = (self.room_named(from), self.room_named(to));
                Some(Claim::NeverTo(from?, to?))
            }
            ast::Claim::Depth { most } => Some(Claim::Depth(most.node)),
        }
    }

    fn locks_named(&mut self, names: &[Name]) -> Option<Vec<MachineId>> {
        let locks: Vec<_> = names.iter().map(|name| self.lock_named(name)).collect();
        locks.into_iter().collect()
    }
}
