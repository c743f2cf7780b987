#include "hal/address.hpp"

#include "hal/error.hpp"

#include <gtest/gtest.h>

namespace ringside::hal {
namespace {

TEST(Address, of_a_pci_function_with_and_without_domain) {
    EXPECT_EQ(parse_address("0000:03:00.0"), Address(PciAddress{0, 3, 0, 0}));
    EXPECT_EQ(parse_address("03:00.1"), Address(PciAddress{0, 3, 0, 1}));
    EXPECT_EQ(parse_address("00ab:Fe:1F.7"), Address(PciAddress{0xAB, 0xFE, 0x1F, 7}));
    EXPECT_EQ(parse_address("10000:e1:00.0"), Address(PciAddress{0x10000, 0xE1, 0, 0}));
    EXPECT_EQ(to_string(parse_address("3:0.0")), "0000:03:00.0");
    EXPECT_EQ(to_string(parse_address("10000:e1:00.0")), "10000:e1:00.0");
}

TEST(Address, of_a_vfio_user_socket_is_everything_after_the_colon) {
    EXPECT_EQ(parse_address("vfio-user:/run/a:b.sock"), Address(VfioUserAddress{"/run/a:b.sock"}));
    EXPECT_EQ(to_string(parse_address("vfio-user:nic.sock")), "vfio-user:nic.sock");
}

TEST(Address, of_a_simulated_device_is_left_to_the_simulator) {
    EXPECT_EQ(parse_address("sim:82599,cable=pcap:a.pcap"), Address(SimAddress{"82599,cable=pcap:a.pcap"}));
    EXPECT_EQ(to_string(parse_address("sim:x")), "sim:x");
}

TEST(Address, that_is_none_says_what_addresses_look_like) {
    for (const std::string text :
         {"", "eth0", "sim:", "vfio-user:", "03:00", "03:00.8", "03:20.0", "0000:03:00.0x", "0000:03:00.",
          "000:03:00.0", "100:00.0", "g0:00.0", "0000:03:00:0", " 03:00.0", "123456789:03:00.0", "0:0:0:0.0",
          "SIM:82599", ":::", "."}) {
        try {
            parse_address(text);
            ADD_FAILURE() << text << " was understood";
        } catch (const AddressError& error) {
            const std::string what = error.what();
            EXPECT_NE(what.find('"' + text + '"'), std::string::npos) << what;
            for (const char* example : {"0000:03:00.0", "vfio-user:/run/nic.sock", "sim:82599"})
                EXPECT_NE(what.find(example), std::string::npos) << what;
        }
    }
    EXPECT_THROW(parse_address(std::string("sim:a\0b", 7)), AddressError);
}

TEST(OpenDevice, of_a_pci_function_says_what_to_use_instead) {
    try {
        open_device("03:00.0");
        FAIL() << "no Error";
    } catch (const Error& error) {
        const std::string text = error.what();
        EXPECT_NE(text.find("0000:03:00.0: "), std::string::npos) << text;
        EXPECT_NE(text.find("sim:82599"), std::string::npos) << text;
        EXPECT_NE(text.find("vfio-user:/path"), std::string::npos) << text;
    }
}

TEST(OpenDevice, of_a_socket_where_nobody_listens_names_the_address) {
    try {
        open_device("vfio-user:/nonexistent/nic.sock");
        FAIL() << "no Error";
    } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()).find("vfio-user:/nonexistent/nic.sock: connecting"), 0u);
    }
}

}  // namespace
}  // namespace ringside::hal
