use data_encoding::HEXLOWER;

use super::*;

/// The leaves that the tests of RFC 6962's own implementation use.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

/// The root by the definition of RFC 6962 §2.1, without anything kept.
fn root(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => Sha256::digest(b"").into(),
        [leaf] => leaf_hash(leaf),
        _ => {
            let middle = (1..).map(|power| 1_usize << power).find(|size| *size >= leaves.len()).unwrap() / 2;
            let (left, right) = leaves.split_at(middle);
            node_hash(&root(left), &root(right))
        }
    }
}

/// The root that a path leads to: RFC 9162 §2.1.3.2.
fn climb(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Hash {
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        assert_ne!(last, 0);
        if node % 2 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node.is_multiple_of(2) && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    assert_eq!(last, 0);
    hash
}

#[test]
fn roots_are_those_that_are_known() {
    let mut tree = Tree::default();
    assert_eq!(HEXLOWER.encode(&tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let mut roots = Vec::new();
    for (at, leaf) in LEAVES.iter().enumerate() {
        assert_eq!(tree.push(leaf), at as u64);
        roots.push(HEXLOWER.encode(&tree.root()));
    }
    assert_eq!(roots[0], "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    assert_eq!(roots[1], "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    assert_eq!(roots[7], "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

#[test]
fn every_leaf_of_every_tree_has_a_proof() {
    let mut tree = Tree::default();
    let mut leaves = Vec::new();
    for size in 1..=70_u64 {
        leaves.push(size.to_le_bytes().to_vec());
        tree.push(&leaves[leaves.len() - 1]);
        assert_eq!(tree.root(), root(&leaves), "{size}");
        for index in 0..size {
            let leaf = leaf_hash(&leaves[usize::try_from(index).unwrap()]);
            assert_eq!(climb(leaf, index, size, &tree.proof(index).unwrap()), tree.root(), "{index} of {size}");
        }
        assert_eq!(tree.proof(size), None);
    }
}
