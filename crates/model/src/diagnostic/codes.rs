//! The table of diagnostic codes. Ids are stable: one is never reused, nor does its meaning change.

use super::{CodeInfo, Effect, Severity};

/// A diagnostic code; the table of all of them is [`CODES`].
#[derive(Clone, Copy)]
pub struct DiagnosticCode(&'static CodeInfo);

impl DiagnosticCode {
    /// What is known about the code.
    #[must_use]
    pub const fn info(self) -> &'static CodeInfo {
        self.0
    }

    /// The code with this id, whatever its case.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        CODES.iter().copied().find(|code| code.0.id.eq_ignore_ascii_case(id))
    }
}

impl PartialEq for DiagnosticCode {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}
impl Eq for DiagnosticCode {}
impl PartialOrd for DiagnosticCode {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for DiagnosticCode {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.id.cmp(other.0.id)
    }
}
impl std::hash::Hash for DiagnosticCode {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}
impl std::fmt::Debug for DiagnosticCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.id)
    }
}

macro_rules! codes {
    ($($name:ident = $id:literal, $severity:ident, $effect:ident, $title:literal, $explanation:literal, $next:literal;)*) => {
        impl DiagnosticCode {
            $(
                #[doc = $title]
                pub const $name: Self = Self(&CodeInfo {
                    id: $id,
                    severity: Severity::$severity,
                    effect: Effect::$effect,
                    title: $title,
                    explanation: $explanation,
                    next_step: $next,
                });
            )*
        }

        /// Every code, sorted by number.
        pub const CODES: &[DiagnosticCode] = &[$(DiagnosticCode::$name),*];
    };
}

codes! {
    UNREADABLE = "PLM-E0101", Error, Incomplete, "A file or directory could not be read.",
        "The operating system refused to open or read it: missing permission, an input/output error, or a path that is too long to open. Nothing in it is in the result.",
        "Run as a user who may read the file, or leave it out with --exclude.";
    TOO_LARGE = "PLM-E0102", Error, Incomplete, "A file is larger than may be held in memory.",
        "A file that must be read whole is over --max-member-bytes. It was not read.",
        "Raise --max-member-bytes if you trust the input.";
    MALFORMED = "PLM-E0103", Error, Incomplete, "A file is not valid in its format.",
        "The file has the name or the first bytes of a known format, but cannot be read as that format. What came before the fault is kept where the format allows it.",
        "Repair or regenerate the file, or leave it out with --exclude.";
    MALFORMED_ENTRY = "PLM-E0104", Error, Incomplete, "An entry of a file is not valid and was left out.",
        "One entry of a file lacks a name or version, or has the wrong type. The other entries were read.",
        "Repair or regenerate the file.";
    TOO_DEEP = "PLM-E0105", Error, Incomplete, "A document is nested too deeply.",
        "JSON, YAML, TOML and XML are read to the depth of --max-depth.",
        "Real files are far from the limit: look at who made this one.";
    UNSUPPORTED_VERSION = "PLM-E0106", Error, Incomplete, "The version of a file format is not supported.",
        "The file says that it follows a version of its format which this release cannot read.",
        "Update Plimsoll, or report the format version.";
    TRUNCATED = "PLM-E0107", Error, Incomplete, "A file ends too early.",
        "The file or archive ends before the format says that it should. What came before is kept.",
        "Fetch the file again and compare its digest.";
    BOMB = "PLM-E0108", Error, Incomplete, "Compressed data expands beyond every plausible ratio.",
        "The data makes more than --max-ratio times its size. Reading it was stopped.",
        "Treat the input as hostile. Raise --max-ratio only if you know why it is so.";
    TOTAL_BYTES = "PLM-E0109", Error, Incomplete, "The limit of decompressed bytes is used up.",
        "All of the input together decompresses to more than --max-total-bytes. The rest was not read.",
        "Raise --max-total-bytes if you trust the input.";
    TOO_MANY_ENTRIES = "PLM-E0110", Error, Incomplete, "An archive or directory tree has too many entries.",
        "There are more entries than --max-entries. The rest was not read.",
        "Raise --max-entries if you trust the input.";
    TOO_NESTED = "PLM-E0111", Error, Incomplete, "Archives are nested too deeply.",
        "An archive lies within more archives than --max-nesting. Its content was not read.",
        "Raise --max-nesting if you trust the input.";
    PATH_TOO_LONG = "PLM-E0112", Error, Incomplete, "A path is too long.",
        "A path is longer than --max-path-bytes, or than the operating system can open. The file was not read.",
        "Scan a directory that lies deeper.";
    SYMLINK_LOOP = "PLM-E0113", Error, Incomplete, "A chain of symbolic links does not end.",
        "A link leads through more than 40 others, or to itself, as Linux counts for ELOOP. The file at its end was not read under this name.",
        "Nothing, if the link is of no use; otherwise repair it.";
    ESCAPES_SOURCE = "PLM-W0114", Warning, None, "A link or an entry points outside the source.",
        "A symbolic link, hard link or archive entry names a place outside what is being scanned. Nothing outside is read or written.",
        "Scan the other place as well, if it belongs to the artifact.";
    CHANGED_DURING_READ = "PLM-E0115", Error, Incomplete, "A file changed while it was read.",
        "Size or time of the file differ between opening and closing it.",
        "Scan again when nothing writes to the source.";
    SPARSE = "PLM-E0116", Error, Incomplete, "A sparse file in an archive was not read.",
        "A tar entry holds only parts of a file, with holes between them. Such entries are not read when they would be of interest.",
        "Repack the archive without --sparse.";
    DOCTYPE = "PLM-E0117", Error, Incomplete, "An XML document has a DOCTYPE and was refused.",
        "A document type declaration can define entities that expand without end or read other files; no format that we read needs one.",
        "Remove the DOCTYPE.";
    INTERNAL = "PLM-E0118", Error, Incomplete, "An extractor failed on a file.",
        "This is a bug in Plimsoll. The file was not read; the rest of the scan is not affected.",
        "Please report it, with the file if you can.";
    AMBIGUOUS_ARCHIVE = "PLM-W0119", Warning, None, "An archive can be read in two ways.",
        "Two entries have the same name, overlap, or an entry's local header disagrees with the directory of the archive. Tools differ in what they see; all that we saw is in the result.",
        "Treat the archive as suspect.";
    UNSUPPORTED_COMPRESSION = "PLM-E0120", Error, Incomplete, "A compression method is not supported.",
        "The file or archive entry is compressed in a way that this release cannot read, or encrypted.",
        "Repack it with a common method.";
    MALFORMED_WHITEOUT = "PLM-W0121", Warning, None, "A whiteout marker in a layer is malformed.",
        "A name that starts with .wh. does not name anything to remove, or is not a regular file (OCI image-spec, layer.md, Whiteouts).",
        "Rebuild the image with a current builder.";
    INCLUDE_MISSING = "PLM-W0122", Warning, None, "A file that another one refers to is not in the source.",
        "An include, a parent or an import was not found in what is being scanned. What it would have added or set is missing.",
        "Scan the directory that holds both.";
    UNRESOLVED_VERSION = "PLM-W0123", Warning, None, "A version could not be worked out.",
        "The version depends on a property, a parent or a platform that is not in the source. The component is listed without a version.",
        "Scan a lockfile, or the directory that holds the parents.";
    UNPINNED = "PLM-N0124", Note, None, "A dependency is not pinned to a version.",
        "The file asks for a range. The component is listed with its range and without a version.",
        "Pin it, or scan where it is installed.";
    OTHER_PLATFORM = "PLM-N0125", Note, None, "An image for several platforms: one was taken.",
        "Without --platform, linux/amd64 is taken from a multi-platform image.",
        "Name the platform with --platform, or take all of them with --platform all.";
    DIGESTS_SKIPPED = "PLM-W0126", Warning, None, "Digests of content were not checked.",
        "--insecure-skip-digests was given: what was scanned may not be what its manifest names. `attest` and `gate` refuse the result.",
        "Leave the flag out.";
    NO_TIMESTAMP = "PLM-N0127", Note, None, "The document has no timestamp.",
        "Neither --timestamp, nor SOURCE_DATE_EPOCH, nor the image says when; the current time would make every run differ.",
        "Give --timestamp now, or an RFC 3339 time.";
    UNSUPPORTED_ENTRY = "PLM-W0128", Warning, None, "An entry of an archive is of an unknown type.",
        "A tar entry has a type that is none of file, directory, link or device. It was passed over.",
        "Repack the archive.";
    LOCAL_COMPONENT = "PLM-N0129", Note, None, "A component comes from a local path.",
        "The file refers to a path on the machine that made it, which no registry knows.",
        "Nothing, when the path is part of the source.";
    RAN_CARGO = "PLM-N0130", Note, None, "cargo was run to resolve dependencies.",
        "--resolve cargo runs `cargo metadata` on the project. It is recorded in the document.",
        "Use it only on projects that you trust.";
    STALE_ENTRY = "PLM-N0131", Note, None, "An entry of a lockfile is not needed and was left out.",
        "No project of the workspace leads to the entry, so it is neither fetched nor built; the package manager drops it when it next writes the file.",
        "Regenerate the lockfile.";
    HIGH_RATIO = "PLM-W0140", Warning, None, "A layer expands beyond every plausible ratio.",
        "The layer makes more than --max-ratio times its size. It was read to its end all the same, since only a bounded part of it is ever in memory.",
        "Treat the image as suspect: real layers shrink to a third, not to a thousandth.";
    TOO_MANY_NODES = "PLM-E0141", Error, Incomplete, "A document has too many nodes.",
        "YAML and XML are read up to --max-yaml-nodes nodes, TOML up to four times as many; a YAML alias counts as often as it is used. The document was not read.",
        "Raise --max-yaml-nodes if you trust the input.";
    UNKNOWN_BASE = "PLM-W0142", Warning, None, "The image that an image is built on is not known.",
        "--minus-base leaves out what came with the base image, and the index of --base-index knows none that this image begins with.",
        "Add the base image to the index: plimsoll index base IMAGE -o FILE.";
    UNSUPPORTED_FILE_SYSTEM = "PLM-E0143", Error, Incomplete, "A file system on a disk is not supported.",
        "ext2, ext3, ext4 and squashfs 4.0 are read. The partition holds another file system, a volume manager or an encrypted volume, or uses a feature that is not read. Its files are not in the result.",
        "Mount it read-only and scan the directory.";
    EXCEPTION_EXPIRED = "PLM-W0201", Warning, None, "An exception has expired.",
        "The day until which somebody let it pass is over, or has not begun. The exception excuses nothing.",
        "Remove it, or have it approved again with a new date.";
    EXCEPTION_UNUSED = "PLM-W0202", Warning, None, "An exception excuses nothing.",
        "Nothing that was looked at needs it. What it was made for may be mended; what is left lying around excuses the next fault of its kind.",
        "Remove it.";
    EXCEPTION_BROAD = "PLM-W0203", Warning, None, "An exception excuses everything of a kind.",
        "Its scope names no package, file or image, but all of a kind, or all in a place.",
        "Name what it is for.";
    EXCEPTION_LONG = "PLM-W0204", Warning, None, "An exception is for longer than the policy allows.",
        "The policy says how long an exception may live (max_days). After that it excuses nothing, whatever its own date says.",
        "Have it approved again when it ends, or mend what it is for.";
    EXCEPTION_SELF_APPROVED = "PLM-W0205", Warning, None, "Whoever owns an exception approved it.",
        "An exception is a decision of two: one who needs it, and one who answers for it.",
        "Have somebody else approve it.";
    EXCEPTION_APPROVER = "PLM-W0206", Warning, None, "Whoever approved an exception may not.",
        "The policy lists who may approve exceptions (approvers). The exception excuses nothing.",
        "Have somebody approve it who may.";
    EXCEPTION_UNSIGNED = "PLM-W0207", Warning, None, "A file of exceptions is not signed by whom the policy names.",
        "The policy names who has to have signed it ([exceptions] signer). No exception of the file excuses anything.",
        "Sign it with `plimsoll sign`, and keep the signature beside it as FILE.sigstore.json.";
    EXCEPTION_BREAK_GLASS = "PLM-W0208", Warning, None, "An exception broke the glass.",
        "It let pass everything that the rules deny of one artifact. That is told whenever it does.",
        "Mend what the rules deny, and remove the exception.";
    VEX_WEAK = "PLM-W0250", Warning, None, "A VEX document is not what its format recommends.",
        "It leaves out something that readers look for, or says something in a way that they may read differently. What it says is used all the same.",
        "Run `plimsoll vex check` on it, and ask its author to mend it.";
}
