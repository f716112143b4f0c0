//! Why a review is not answered by a decision of the gate.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $id:literal $status:literal $error:literal $means:literal $why:literal $next:literal;)*) => {
        /// Why an image is refused, or a review not answered, before a rule of the policy is asked. Codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum AdmissionCode {
            $($(#[$doc])* $variant,)*
        }

        impl AdmissionCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code, such as `PLM-K0101`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// `status.code` of the answer.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// Whether the answer is not known, rather than no. What happens then is for whoever runs the webhook to say.
            #[must_use]
            pub const fn is_error(self) -> bool {
                match self { $(Self::$variant => $error,)* }
            }

            /// What it means.
            #[must_use]
            pub const fn means(self) -> &'static str {
                match self { $(Self::$variant => $means,)* }
            }

            /// Why it matters, in sentences.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $why,)* }
            }

            /// What to do about it.
            #[must_use]
            pub const fn next_step(self) -> &'static str {
                match self { $(Self::$variant => $next,)* }
            }
        }
    };
}

// 01 what was asked, 02 what is not known.
codes! {
    /// The object is not what its kind should be.
    Object "PLM-K0101" 400 false "the object of the review cannot be read"
        "The API server sends objects of one shape for each kind. What is read in two ways, or is another kind than the review says, is not guessed at."
        "see the log of the webhook, and what sends such objects";
    /// Nothing is known of the kind.
    Kind "PLM-K0102" 403 false "objects of this kind are not looked into"
        "Its images, if it has any, are not known to the webhook. The Pods that come of it are asked about themselves."
        "leave the kind out of the rules of the webhook's configuration, or allow it with --unknown-kinds warn";
    /// The name of an image is none.
    ImageName "PLM-K0103" 400 false "the name of an image cannot be read"
        "A container runtime would not pull it either."
        "correct the name";
    /// A tag where a digest is asked for.
    NotPinned "PLM-K0104" 403 false "the image is not named by a digest"
        "The node looks the tag up again when it pulls, and may get another image than the one that was decided about."
        "name the image by its digest";
    /// Too many images.
    TooMany "PLM-K0105" 403 false "the object names more images than are looked at"
        "A pod with more than 128 images is none that anybody meant, and takes long to verify."
        "split it";
    /// There is no such image.
    NoImage "PLM-K0106" 403 false "there is no such image"
        "The registry, or the layout, has none of this name."
        "check the name and the tag";
    /// The tag could not be resolved.
    Unresolved "PLM-K0201" 503 true "the registry did not say which digest the tag stands for"
        "Without a digest there is nothing that evidence could be about."
        "see whether the registry answers; images named by a digest need not ask it";
    /// The evidence could not be gathered.
    Evidence "PLM-K0202" 503 true "the evidence about the image could not be gathered"
        "What is attached to an image is in its registry. What could not be read is not taken for missing: it may say anything."
        "see whether the registry answers, and the credentials of the webhook";
    /// Too much to do.
    Busy "PLM-K0203" 503 true "too many images wait to be verified"
        "An answer that comes too late is none: the API server would have given up."
        "raise --workers and --queue, or run more replicas";
    /// It took too long.
    Timeout "PLM-K0204" 504 true "the verification took too long; it goes on, and its decision is kept"
        "The API server waits ten seconds, unless it is told otherwise, and then takes its failurePolicy."
        "try again: the decision is kept. See which registry is slow";
    /// A fault of the program.
    Internal "PLM-K0205" 500 true "the webhook has a fault; its log says more"
        "Nothing was decided."
        "report it, with the log";
}

impl fmt::Display for AdmissionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
