//! The next layer of data that is being written, made while it is.

use super::door::root;
use super::{DataError, LayerMaker};
use crate::engine::EngineHandle;

/// Makes the layers that the volumes at these places of a container will need when what is written now is kept.
///
/// Whether it works makes no difference but in time: a layer that is missing then, or does not fit, is made then.
pub async fn make_ahead(
    engine: &EngineHandle,
    maker: &LayerMaker,
    project: &str,
    image: &str,
    container: &str,
    places: &[String],
) -> Result<(), DataError> {
    let mut roots = Vec::new();
    for place in places {
        roots.push(root(engine, container, place).await?);
    }
    maker.make_ahead(project, image, &roots);
    Ok(())
}
