#include "sim/cables/help.hpp"

namespace ringside::sim {

std::string cable_help() {
    return R"(Cables (what is plugged into a simulated NIC):

  loop                  Every frame comes back to the NIC that sent it.
  link:NAME             Two NICs of this simulator back to back: give both the same NAME.
  pcap:IN,OUT           Plays the capture file IN into the NIC; records what the NIC sends in OUT.
                        Either may be left out, not the comma. Nothing is lost: IN waits for the NIC.
  tap:NAME              The TAP interface NAME of this machine; made if it is missing (needs root).
  unix:PATH[,server]    Another program over a Unix socket, framed as by QEMU's stream netdev.
                        Connects to PATH, again and again if need be; with ',server' listens there.
  generate[:KEY=VALUE,...]
                        Sends traffic, and checks the traffic of any generator that arrives: counts
                        what was lost, reordered, duplicated, corrupted or is foreign.
      size=SIZE         64 to 9018 (with the FCS), a range such as 64-1518, or imix (default 64)
      count=N           frames to send; 0 sends until the end (default 0)
      rate=RATE         max: as fast as the NIC has room (default). 10G, 2.5Gbps: bits per second on
                        the wire, with preamble and gap. 1.5Mpps, 100kpps: frames per second.
                        At a rate, the NIC drops and counts what it has no room for.
      flows=N           1 to 65536 flows that differ in source address and port (default 1)
      vlan=ID           802.1Q tag, 1 to 4094 (default none)
      dst=MAC src=MAC   default 02:00:00:00:00:99 and 02:00:00:00:00:98
      name=NAME         whose frames they are, for the sink (default traffic)
      seed=N            the same seed gives the same frames (default 1)
      source=off        only checks

  Examples
      loop
      link:middle
      pcap:demo/traffic.pcap,   pcap:,out.pcap   pcap:in.pcap,out.pcap
      tap:ring0
      unix:/tmp/net.sock,server
      generate:size=64,count=1000000
      generate:size=imix,rate=10G,flows=256,name=left
      generate:source=off
)";
}

}  // namespace ringside::sim
