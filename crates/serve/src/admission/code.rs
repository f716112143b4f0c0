//! Why a review is not answered by a decision of the gate.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $id:literal $status:literal $error:literal $means:literal;)*) => {
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
        }
    };
}

// 01 what was asked, 02 what is not known.
codes! {
    /// The object is not what its kind should be.
    Object "PLM-K0101" 400 false "the object of the review cannot be read";
    /// Nothing is known of the kind.
    Kind "PLM-K0102" 403 false "objects of this kind are not looked into";
    /// The name of an image is none.
    ImageName "PLM-K0103" 400 false "the name of an image cannot be read";
    /// A tag where a digest is asked for.
    NotPinned "PLM-K0104" 403 false "the image is not named by a digest";
    /// Too many images.
    TooMany "PLM-K0105" 403 false "the object names more images than are looked at";
    /// There is no such image.
    NoImage "PLM-K0106" 403 false "there is no such image";
    /// The tag could not be resolved.
    Unresolved "PLM-K0201" 503 true "the registry did not say which digest the tag stands for";
    /// The evidence could not be gathered.
    Evidence "PLM-K0202" 503 true "the evidence about the image could not be gathered";
    /// Too much to do.
    Busy "PLM-K0203" 503 true "too many images wait to be verified";
    /// It took too long.
    Timeout "PLM-K0204" 504 true "the verification took too long; it goes on, and its decision is kept";
    /// A fault of the program.
    Internal "PLM-K0205" 500 true "the webhook has a fault; its log says more";
}

impl fmt::Display for AdmissionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
