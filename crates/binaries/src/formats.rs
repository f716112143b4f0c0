//! The list of formats. A new one is one line here.

use plimsoll_extract::{Extractor, Interest};

/// Declares the modules of the formats, by ecosystem, and the list of their extractors.
macro_rules! formats {
    ($($(#[$doc:meta])* $ecosystem:ident { $($module:ident :: $extractor:ident,)* })*) => {
        $(
            $(#[$doc])*
            pub(crate) mod $ecosystem {
                $(pub(crate) mod $module; pub(super) use $module::$extractor;)*
            }
        )*

        /// Every extractor of this crate, in the order of the list.
        #[must_use]
        pub fn extractors() -> &'static [&'static dyn Extractor] {
            &[$($(&$ecosystem::$extractor,)*)*]
        }
    };
}

/// The first bytes of executables and shared libraries.
const OBJECTS: &[Interest] = &{
    let [elf, pe, macho, macho64, swapped, swapped64, fat, fat64] = crate::object::MAGIC;
    [
        Interest::Magic(elf),
        Interest::Magic(pe),
        Interest::Magic(macho),
        Interest::Magic(macho64),
        Interest::Magic(swapped),
        Interest::Magic(swapped64),
        Interest::Magic(fat),
        Interest::Magic(fat64),
    ]
};

formats! {
    /// Android.
    android { package::AndroidPackage, }
    /// Apple.
    apple { mach_o::MachO, }
    /// Executables of any origin.
    binary { classifier::Classifier, }
    /// .NET.
    dotnet { assembly::DotnetAssembly, bundle::DotnetBundle, }
    /// Go.
    go { binary::GoBinary, }
    /// Java.
    java { archive::JavaArchive, jvm_release::JvmRelease, native_image::NativeImage, }
    /// Linux.
    linux { kernel::LinuxKernel, }
    /// Trained models.
    model {
        core_ml::CoreMl,
        gguf::Gguf,
        hugging_face::HuggingFace,
        onnx::Onnx,
        pytorch::PyTorch,
        tensor_flow::TensorFlow,
    }
    /// Packages of operating systems.
    os { elf_linkage::ElfLinkage, elf_package_note::ElfPackageNote, upx::Upx, }
    /// Rust.
    rust { auditable::Auditable, }
    /// WebAssembly.
    wasm { module::WasmModule, }
    /// Windows.
    windows { version_resource::VersionResource, }
}

pub use java::archive::IndexedJavaArchive;
