//! What relay promises over all its nodes.
//!
//! The invariant: monitors look at proxies alone; backends know nothing that could be wrong.

use super::{Member, Proxy, Relay};
use squall::prelude::*;

pub(super) fn properties() -> Properties<Relay> {
    Properties::none()
        .always(
            "answered-once",
            "every request that a proxy took is waiting there or was answered, once",
            |world, moment| match proxy_at(world, moment) {
                Some((id, proxy)) if proxy.asked != proxy.told + proxy.waiting() => {
                    let (asked, told, waiting) = (proxy.asked, proxy.told, proxy.waiting());
                    let name = world.name(id);
                    let sentence = format!(
                        "{name} was asked {asked} times and told {told} answers, yet {waiting} wait"
                    );
                    Err(Breach::new("out-of-balance", sentence))
                }
                Some(_) | None => Ok(()),
            },
        )
        .sometimes("uneven", "a backend has three jobs more than another", |world, moment| {
            proxy_at(world, moment).is_some_and(|(_, proxy)| proxy.spread() >= 3)
        })
}

/// The proxy that has just come to rest.
fn proxy_at(world: &dyn World<Relay>, moment: Moment) -> Option<(NodeId, &Proxy)> {
    let Moment::Rest(id) = moment else { return None };
    match world.node(id)? {
        Member::Proxy(proxy) => Some((id, proxy)),
        Member::Backend(_) => None,
    }
}
