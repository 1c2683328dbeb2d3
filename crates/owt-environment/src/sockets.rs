//! Which ports something listens on.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::TcpListener;

use owt_core::environment::PortBlock;

/// A server on any of these addresses is in the way of one on the others.
const ADDRESSES: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
    IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    IpAddr::V6(Ipv6Addr::UNSPECIFIED),
];

pub(crate) fn busy(block: PortBlock) -> Vec<u16> {
    block.ports().filter(|port| !is_free(*port)).collect()
}

/// Tries each address in turn, and gives it back at once. A machine without one of the addresses cannot have a
/// listener there.
fn is_free(port: u16) -> bool {
    ADDRESSES.iter().all(|address| match TcpListener::bind((*address, port)) {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A listener on `address`, with the block that begins at its port.
    fn listener(address: &str) -> Option<(TcpListener, PortBlock)> {
        let listener = TcpListener::bind((address, 0)).ok()?;
        let port = listener.local_addr().ok()?.port();
        PortBlock::new(port).ok().map(|block| (listener, block))
    }

    #[test]
    fn a_listener_on_any_address_makes_a_port_busy() {
        for address in ["127.0.0.1", "0.0.0.0", "::1", "::"] {
            let Some((listener, block)) = listener(address) else {
                println!("not tried: no listener on {address} here");
                continue;
            };
            assert!(busy(block).contains(&block.base()), "{address}");
            drop(listener);
            assert!(!busy(block).contains(&block.base()), "{address}, closed again");
        }
    }
}
