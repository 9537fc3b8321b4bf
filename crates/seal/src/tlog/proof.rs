//! Inclusion and consistency proofs over a log's tree (RFC 6962 sections 2.1.1 and 2.1.2).
//!
//! Not here: where hashes are kept: makers of proofs are handed a reader of complete subtrees, (level, index) → hash, where
//! level 0 are leaves. Invariants: a verified proof has exactly the hashes it needs; nothing overflows at any size.

use crate::tree::{Hash, Tree, maximal_subtrees, node_hash};

/// The root of the first `size` entries.
///
/// # Errors
/// Whatever `read` fails with.
pub fn root<E>(size: u64, mut read: impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    range_hash(0, size, &mut read)
}

/// Proof that entry `index` is among the first `size`, from the leaf's sibling upwards.
///
/// # Errors
/// Whatever `read` fails with.
///
/// # Panics
/// If `index` is not below `size`.
pub fn inclusion_proof<E>(
    index: u64,
    size: u64,
    mut read: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    assert!(index < size, "an entry beyond the end has no proof");
    let (mut low, mut high) = (0, size);
    let mut proof = Vec::new();
    while high - low > 1 {
        let split = low + split(high - low);
        if index < split {
            proof.push(range_hash(split, high, &mut read)?);
            high = split;
        } else {
            proof.push(range_hash(low, split, &mut read)?);
            low = split;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Proof that the first `old` entries are the beginning of the first `size`. Empty when `old` is 0 or `size`.
///
/// # Errors
/// Whatever `read` fails with.
///
/// # Panics
/// If `old` is above `size`.
pub fn consistency_proof<E>(
    old: u64,
    size: u64,
    mut read: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    assert!(old <= size, "a log does not shrink");
    let mut proof = Vec::new();
    if old == 0 || old == size {
        return Ok(proof);
    }
    let (mut low, mut high) = (0, size);
    while high != old {
        let split = low + split(high - low);
        if old <= split {
            proof.push(range_hash(split, high, &mut read)?);
            high = split;
        } else {
            proof.push(range_hash(low, split, &mut read)?);
            low = split;
        }
    }
    if low > 0 {
        proof.push(range_hash(low, high, &mut read)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The root that a leaf and its inclusion proof lead to; `None` when the proof has not the length it must have.
#[must_use]
pub fn root_from_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    let mut rest = proof.iter();
    while last > 0 {
        // At the right edge a node without a sibling is passed up as it is.
        if node % 2 == 1 {
            hash = node_hash(rest.next()?, &hash);
        } else if node < last {
            hash = node_hash(&hash, rest.next()?);
        }
        node /= 2;
        last /= 2;
    }
    rest.next().is_none().then_some(hash)
}

/// Whether `proof` shows that the tree of `old` entries under `old_root` is the beginning of that of `size` under `root`.
#[must_use]
pub fn is_consistent(old: u64, old_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if old > size {
        return false;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == super::empty_root() && (size > 0 || root == old_root);
    }
    if old == size {
        return proof.is_empty() && old_root == root;
    }
    roots_from_consistency(old, old_root, size, proof) == Some((*old_root, *root))
}

/// Both roots that a consistency proof leads to (0 < old < size).
fn roots_from_consistency(old: u64, old_root: &Hash, size: u64, proof: &[Hash]) -> Option<(Hash, Hash)> {
    let (mut node, mut last) = (old - 1, size - 1);
    while node % 2 == 1 {
        node /= 2;
        last /= 2;
    }
    let mut rest = proof.iter();
    // When the old tree is one complete subtree of the new one, its root is not repeated in the proof.
    let seed = if node == 0 { *old_root } else { *rest.next()? };
    let (mut old_hash, mut hash) = (seed, seed);
    while last > 0 {
        if node % 2 == 1 {
            let left = rest.next()?;
            old_hash = node_hash(left, &old_hash);
            hash = node_hash(left, &hash);
        } else if node < last {
            hash = node_hash(&hash, rest.next()?);
        }
        node /= 2;
        last /= 2;
    }
    rest.next().is_none().then_some((old_hash, hash))
}

/// The largest power of two below `count` (RFC 6962's k), for a count of 2 or more.
fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

/// Hash over entries `low .. high`, where `low` is a multiple of the power of two the range begins with.
fn range_hash<E>(low: u64, high: u64, read: &mut impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    let mut tree = Tree::default();
    let mut at = low;
    for height in maximal_subtrees(low, high - low) {
        tree.push_subtree(height, read(height, at >> height)?);
        at += 1 << height;
    }
    Ok(tree.root())
}
