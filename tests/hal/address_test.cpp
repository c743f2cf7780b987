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

TEST(Address, of_a_pci_function_may_have_options) {
    const std::string token = "14d63f20-8445-11ea-8900-1f9ce7d5650d";
    EXPECT_EQ(parse_address("03:00.0,vfio=iommufd"), Address(PciAddress{0, 3, 0, 0, VfioWay::iommufd}));
    EXPECT_EQ(parse_address("03:00.0,vfio=container"), Address(PciAddress{0, 3, 0, 0, VfioWay::container}));
    EXPECT_EQ(parse_address("03:00.0,vfio=noiommu"), Address(PciAddress{0, 3, 0, 0, VfioWay::noiommu}));
    EXPECT_EQ(parse_address("03:00.0,vf-token=" + token),
              Address(PciAddress{0, 3, 0, 0, VfioWay::automatic, token}));
    for (const std::string& text : {std::string("0000:03:00.0"), std::string("0000:03:00.0,vfio=noiommu"),
                                    "0000:03:00.0,vfio=iommufd,vf-token=" + token})
        EXPECT_EQ(to_string(parse_address(text)), text);
    EXPECT_EQ(to_string(parse_address("3:0.0,vf-token=" + token + ",vfio=container")),
              "0000:03:00.0,vfio=container,vf-token=" + token);
    EXPECT_EQ(pci_name(std::get<PciAddress>(parse_address("3:0.0,vfio=noiommu"))), "0000:03:00.0");
}

TEST(Address, with_a_wrong_option_lists_the_choices) {
    for (const std::string option :
         {"", ",", "vfio", "vfio=", "vfio=group", "VFIO=iommufd", "vfio=iommufd,vfio=iommufd",
          "vf-token=", "vf-token=1", "vf-token=14d63f20-8445-11ea-8900-1f9ce7d5650g",
          "vf-token=14d63f20884450011ea089000-1f9ce7d565", "queues=2", " vfio=iommufd", "vfio=iommufd "}) {
        const std::string text = "0000:03:00.0," + option;
        try {
            parse_address(text);
            ADD_FAILURE() << text << " was understood";
        } catch (const AddressError& error) {
            const std::string what = error.what();
            EXPECT_NE(what.find('"' + text + '"'), std::string::npos) << what;
            for (const char* choice : {"vfio=iommufd", "vfio=container", "vfio=noiommu", "vf-token=UUID"})
                EXPECT_NE(what.find(choice, text.size() + 2), std::string::npos) << what;
        }
    }
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

TEST(OpenDevice, of_a_pci_function_that_is_not_there_names_it) {
    try {
        open_device("fffe:ff:1f.7");
        FAIL() << "no Error";
    } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()).find("fffe:ff:1f.7: there is no such PCI function"), 0u);
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
