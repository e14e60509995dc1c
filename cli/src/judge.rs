//! Validates an input: what every subcommand begins with.

use crate::Outcome;
use crate::failure::Failure;
use crate::input::{self, Layer};
use std::path::Path;
use windlass::ErrorKind;
use windlass::image::{Bytes, Image};
use windlass::support::{Limits, Vec};
use windlass::syntax::Features;

/// A valid file.
pub struct Judged {
    /// What validation left.
    pub image: Image,
    /// What it is.
    pub layer: Layer,
}

/// Reads and validates `path`.
pub fn read(path: &Path) -> Outcome<Judged> {
    let input = input::read(path)?;
    let image = image(&input.bytes).map_err(|error| {
        let verdict = matches!(error.kind(), ErrorKind::Malformed(_) | ErrorKind::Invalid(_) | ErrorKind::Disabled(_));
        let failure = Failure::from(error);
        match verdict {
            true => failure.while_(format_args!("{} is not valid", path.display())),
            false => failure.while_(format_args!("cannot validate {}", path.display())),
        }
    })?;
    Ok(Judged { image, layer: input.layer })
}

fn image(bytes: &[u8]) -> windlass::Result<Image> {
    let bytes = Bytes::Owned(Vec::from_slice(bytes)?);
    windlass::validate::component::any_image(bytes, Features::default(), &Limits::HOST)
}
