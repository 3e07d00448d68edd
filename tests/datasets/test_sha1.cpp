#include "datasets/sha1.h"

#include <string>

#include "catch.h"

using espalier::datasets::sha1;

TEST_CASE("sha1: the examples of FIPS 180") {
  CHECK(sha1("") == std::array<std::uint32_t, 5>{0xda39a3ee, 0x5e6b4b0d, 0x3255bfef, 0x95601890, 0xafd80709});
  CHECK(sha1("abc") == std::array<std::uint32_t, 5>{0xa9993e36, 0x4706816a, 0xba3e2571, 0x7850c26c, 0x9cd0d89d});
  CHECK(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        std::array<std::uint32_t, 5>{0x84983e44, 0x1c3bd26e, 0xbaae4aa1, 0xf95129e5, 0xe54670f1});
  CHECK(sha1(std::string(1000000, 'a')) ==
        std::array<std::uint32_t, 5>{0x34aa973c, 0xd4c4daa4, 0xf61eeb2b, 0xdbad2731, 0x6534016f});
}
