//! The Merkle tree over a recording's leaves (RFC 6962 section 2.1), in memory that grows with its height only.
//!
//! Not here: what a leaf is (`leaf.rs`). Invariants: leaves and nodes are hashed under different prefixes; the stack holds
//! complete subtrees of falling size, so its length is the number of ones in the leaf count.

use sha2::{Digest as _, Sha256};

/// A hash in the tree.
pub type Hash = [u8; 32];

/// Hash of a leaf record.
#[must_use]
pub fn leaf_hash(record: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(record).finalize().into()
}

/// Hash of a node over its two halves.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A tree being built from left to right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    /// (height, hash) of complete subtrees, highest first.
    stack: Vec<(u32, Hash)>,
    leaves: u64,
}

impl Tree {
    /// Adds one leaf.
    pub(crate) fn push(&mut self, leaf: Hash) {
        self.push_subtree(0, leaf);
    }

    /// Adds a complete subtree of `2^height` leaves. The caller takes it from [`maximal_subtrees`], which keeps it aligned.
    pub(crate) fn push_subtree(&mut self, height: u32, hash: Hash) {
        self.leaves += 1 << height;
        let mut top = (height, hash);
        while let Some(&(left_height, left)) = self.stack.last() {
            if left_height != top.0 {
                break;
            }
            self.stack.pop();
            top = (left_height + 1, node_hash(&left, &top.1));
        }
        self.stack.push(top);
    }

    /// Leaves so far.
    pub(crate) fn len(&self) -> u64 {
        self.leaves
    }

    /// The root over the leaves so far (RFC 6962: of nothing, the hash of nothing).
    pub(crate) fn root(&self) -> Hash {
        let mut rest = self.stack.iter().rev();
        let Some(&(_, last)) = rest.next() else { return Sha256::digest([]).into() };
        rest.fold(last, |right, (_, left)| node_hash(left, &right))
    }
}

/// The heights of the maximal complete subtrees that cover leaves `start .. start + count`, left to right.
pub(crate) fn maximal_subtrees(start: u64, count: u64) -> impl Iterator<Item = u32> {
    let end = start + count;
    let mut at = start;
    std::iter::from_fn(move || {
        let left = end - at;
        let fits = left.checked_ilog2()?;
        let height = if at == 0 { fits } else { at.trailing_zeros().min(fits) };
        at += 1 << height;
        Some(height)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962 section 2.1, word for word.
    fn reference(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                node_hash(&reference(&many[..split]), &reference(&many[split..]))
            }
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    #[test]
    fn roots_are_those_of_the_definition() {
        let mut tree = Tree::default();
        assert_eq!(tree.root(), reference(&[]));
        let all = leaves(70);
        for (n, leaf) in all.iter().enumerate() {
            tree.push(*leaf);
            assert_eq!(tree.root(), reference(&all[..=n]), "{n}");
        }
    }

    #[test]
    fn any_range_can_be_replaced_by_its_subtrees() {
        let all = leaves(23);
        for start in 0..22 {
            for end in start + 1..23 {
                let mut tree = Tree::default();
                all[..start].iter().for_each(|leaf| tree.push(*leaf));
                let mut at = start;
                for height in maximal_subtrees(start as u64, (end - start) as u64) {
                    let next = at + (1 << height);
                    tree.push_subtree(height, reference(&all[at..next]));
                    at = next;
                }
                assert_eq!(at, end);
                all[end..].iter().for_each(|leaf| tree.push(*leaf));
                assert_eq!(tree.root(), reference(&all), "{start}..{end}");
            }
        }
    }
}
