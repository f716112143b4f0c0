use plimsoll_model::{Budget, DiagnosticCode as Code};

use crate::OpenOptions;
use crate::testing::{Image, Scratch, Seen, Tar, gzip, open, scan, see};

/// The image of these layers, read in each way that there is: all agree.
fn image(layers: &[Tar]) -> Seen {
    let layers: Vec<Vec<u8>> = layers.iter().map(|layer| layer.clone().end()).collect();
    let seen = scan("oci-layout", &Image::gzipped(&layers).layout().0).unwrap();
    let raw = Image::new(&layers.iter().map(|layer| (layer.clone(), layer.clone())).collect::<Vec<_>>());
    let scratch = Scratch::new();
    let docker = scratch.write("image.tar", raw.archive(true));
    assert_eq!(scan("docker-archive", &docker).unwrap(), seen);
    let skip = OpenOptions { insecure_skip_digests: true, ..OpenOptions::default() };
    let mut skipped = see(&*open("oci-archive", &docker, &skip).unwrap()[0], &Budget::default()).unwrap();
    assert_eq!(skipped.codes.remove(0), Code::DIGESTS_SKIPPED);
    assert_eq!(skipped, seen);
    seen
}

/// Also as a compressed archive, which is read as a stream.
fn streamed(layers: &[Tar]) -> Seen {
    let seen = image(layers);
    let layers: Vec<Vec<u8>> = layers.iter().map(|layer| layer.clone().end()).collect();
    let scratch = Scratch::new();
    let packed = scratch.write("image.tar.gz", gzip(&Image::gzipped(&layers).archive(true)));
    let mut stream = scan("docker-archive", &packed).unwrap();
    // Files of a stream come in the order of its members.
    let mut ordered = Seen { present: seen.present.clone(), gone: seen.gone.clone(), codes: seen.codes.clone() };
    for list in [&mut stream.present, &mut stream.gone, &mut ordered.present, &mut ordered.gone] {
        list.sort();
    }
    assert_eq!(stream, ordered);
    seen
}

fn lower() -> Tar {
    Tar::default()
        .directory("a/")
        .file("a/one.want", "1")
        .file("a/deep/er/two.want", "2")
        .file("b/three.want", "3")
        .file("c.want", "4")
}

#[test]
fn whiteouts_remove_what_is_below() {
    let upper = Tar::default().empty("a/.wh.one.want").empty("./a/.wh.deep").empty(".wh.b").empty(".wh.not-there");
    let seen = streamed(&[lower(), upper]);
    assert_eq!(seen.present, ["c.want=4"]);
    assert_eq!(seen.gone, ["a/one.want -1", "a/deep/er/two.want -1", "b/three.want -1"]);
    assert_eq!(seen.codes, []);
}

#[test]
fn an_opaque_directory_hides_lower_content_wherever_its_marker_stands() {
    let new = |tar: Tar| tar.file("a/new.want", "n").file("a/deep/new.want", "n");
    for upper in [new(Tar::default()).empty("a/.wh..wh..opq"), new(Tar::default().empty("a/.wh..wh..opq"))] {
        let seen = streamed(&[lower(), upper]);
        assert_eq!(seen.present, ["b/three.want=3", "c.want=4", "a/new.want=n", "a/deep/new.want=n"]);
        assert_eq!(seen.gone, ["a/one.want -1", "a/deep/er/two.want -1"]);
    }
}

#[test]
fn what_is_removed_and_added_in_one_layer_is_there() {
    let whiteout_first = Tar::default().empty(".wh.c.want").file("c.want", "new");
    assert_eq!(streamed(&[lower(), whiteout_first]).present[3], "c.want=new");
    let whiteout_last = Tar::default().file("c.want", "new").empty(".wh.c.want");
    let seen = streamed(&[lower(), whiteout_last]);
    assert_eq!((seen.present[3].as_str(), seen.gone), ("c.want=new", vec!["c.want >1".to_owned()]));
}

#[test]
fn the_last_of_several_entries_wins() {
    let layer = Tar::default().file("x.want", "1").file("x.want", "2").file("./x.want", "3");
    let seen = streamed(&[layer]);
    assert_eq!(seen.present, ["x.want=3"]);
    assert_eq!(seen.gone, ["x.want >0", "x.want >0"]);
}

#[test]
fn an_entry_of_another_type_takes_the_place_of_all_below() {
    let upper = Tar::default().file("a", "a file").directory("c.want").symlink("b", "elsewhere");
    let seen = streamed(&[lower(), upper]);
    assert_eq!(seen.present, Vec::<String>::new());
    assert_eq!(seen.gone, ["a/one.want -1", "a/deep/er/two.want -1", "b/three.want -1", "c.want >1"]);
}

#[test]
fn a_directory_entry_keeps_what_is_in_it() {
    assert_eq!(streamed(&[lower(), Tar::default().directory("a").directory("b/")]).present.len(), 4);
}

#[test]
fn paths_go_through_linked_directories() {
    let base = Tar::default().file("usr/lib/x.want", "1").symlink("lib", "usr/lib").symlink("abs", "/usr/../usr/lib");
    let seen = streamed(&[base.clone(), Tar::default().file("lib/x.want", "2")]);
    assert_eq!((seen.present, seen.gone), (vec!["lib/x.want=2".to_owned()], vec!["usr/lib/x.want >1".to_owned()]));
    assert_eq!(streamed(&[base.clone(), Tar::default().empty("abs/.wh.x.want")]).gone, ["usr/lib/x.want -1"]);
    // A directory in the place of the link leads nowhere.
    let flipped = Tar::default().directory("lib").file("lib/x.want", "2").empty("lib/.wh.x.want");
    assert_eq!(streamed(&[base, flipped]).present, ["usr/lib/x.want=1", "lib/x.want=2"]);
}

#[test]
fn links_show_files_that_no_name_asked_for() {
    let layer = Tar::default()
        .file("data/real.no", "content")
        .symlink("soft.want", "data/real.no")
        .symlink("/up/soft.want", "../../../data/real.no")
        .hard_link("hard.want", "data/real.no")
        .file("named.want", "n")
        .symlink("other.want", "named.want")
        .symlink("dangling.want", "nowhere")
        .hard_link("lost.want", "nowhere");
    let seen = image(std::slice::from_ref(&layer));
    assert_eq!(seen.present, ["soft.want=content", "up/soft.want=content", "hard.want=content", "named.want=n"]);
    assert_eq!(seen.codes, [Code::MALFORMED_ENTRY]);
    // The target changes: the hard link has the old content, the symbolic ones the new.
    let seen = streamed(&[layer.clone(), Tar::default().file("data/real.no", "new")]);
    assert_eq!(seen.present[..3], ["soft.want=new", "up/soft.want=new", "hard.want=content"]);
    // The links go.
    let seen = image(&[layer, Tar::default().empty(".wh.hard.want").empty(".wh.soft.want")]);
    assert_eq!((seen.present.len(), seen.gone), (2, vec!["hard.want -1".to_owned()]));
}

#[test]
fn a_file_written_through_a_link_is_known_by_its_real_name() {
    let base = Tar::default().directory("x.want").symlink("alias", "x.want/..");
    let base = base.file("alias/plain.no", "p").symlink("dir", "real").directory("real");
    let seen = image(&[base.clone(), Tar::default().symlink("d2", "q.want").file("d2", "f")]);
    assert_eq!(seen.present, Vec::<String>::new());
    // `real/b.want` is written as `dir/b.want`: one file, one name.
    assert_eq!(streamed(&[base, Tar::default().file("dir/b.want", "b")]).present, ["dir/b.want=b"]);
}

#[test]
fn endless_links_are_said() {
    let mut chain = Tar::default();
    for step in 0..50 {
        chain = chain.symlink(&step.to_string(), &(step + 1).to_string());
    }
    let layer = chain
        .file("50", "end")
        .symlink("short.want", "15")
        .symlink("long.want", "0")
        .symlink("self.want", "self.want")
        .symlink("p", "q")
        .symlink("q", "p")
        .file("p/x.want", "under a loop");
    let seen = image(&[layer]);
    assert_eq!(seen.present, ["short.want=end", "p/x.want=under a loop"]);
    assert_eq!(seen.codes, [Code::SYMLINK_LOOP; 3]);
}

#[test]
fn names_that_lead_outside_are_not_read() {
    let layer = Tar::default()
        .file("../x.want", "1")
        .file("a/../../x.want", "2")
        .file("/abs.want", "3")
        .file("a/../in.want", "4")
        .symlink("out.want", "../../../etc/hostname");
    let seen = streamed(&[layer]);
    assert_eq!(seen.present, ["abs.want=3", "in.want=4"]);
    assert_eq!(seen.codes, [Code::ESCAPES_SOURCE; 3]);
}

#[test]
fn whiteouts_of_nothing_are_said_and_harmless() {
    let upper = Tar::default().empty(".wh.").empty(".wh..").empty("a/.wh...").empty(".wh..wh.plnk/1.want");
    let seen = streamed(&[lower(), upper.directory(".wh.c.want")]);
    assert_eq!(seen.codes, [Code::MALFORMED_WHITEOUT; 4]);
    assert_eq!((seen.present.len(), seen.gone), (3, vec!["c.want -1".to_owned()]));
}

#[test]
fn an_entry_below_a_file_is_said() {
    let seen = streamed(&[lower(), Tar::default().file("c.want/x.want", "y")]);
    assert_eq!(seen.codes, [Code::MALFORMED_ENTRY]);
    assert_eq!(seen.gone, ["c.want >1"]);
}

#[test]
fn repeated_opaque_markers_cost_nothing() {
    let mut layer = Tar::default();
    let deep = "d/".repeat(40);
    for file in 0..2000 {
        layer = layer.empty(&format!("{deep}{file}"));
    }
    for depth in (0..40).chain((0..40).rev()) {
        layer = layer.empty(&format!("{}.wh..wh..opq", "d/".repeat(depth)));
    }
    for _ in 0..2000 {
        layer = layer.empty(".wh..wh..opq");
    }
    assert_eq!(image(&[lower(), layer]).gone.len(), 4);
}

#[test]
fn bodies_over_a_chunk_are_whole() {
    let long = "ELF".to_owned() + &"0123456789".repeat(60_000);
    let layer = Tar::default().file("pad", &"x".repeat(261_000)).file("program", &long).file("short", "ELF");
    let seen = streamed(&[layer]);
    assert_eq!(seen.present.iter().map(String::len).collect::<Vec<_>>(), ["program=".len() + long.len(), 9]);
}
