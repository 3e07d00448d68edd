#include "base/text.h"

#include <cmath>
#include <limits>

#include "catch.h"

using namespace espalier;

TEST_CASE("numbers read back as they were written, in the shortest way") {
  CHECK(number_text(0.1) == "0.1");
  CHECK(std::stod(number_text(1.0 / 3)) == 1.0 / 3);
  CHECK(number_text(std::nan("")) == "nan");
  CHECK(number_text(-std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(fixed_text(0.81734, 2) == "0.82");
}

TEST_CASE("quantities for people") {
  CHECK(grouped_text(0) == "0");
  CHECK(grouped_text(999) == "999");
  CHECK(grouped_text(-1234567) == "-1,234,567");
  CHECK(bytes_text(512) == "512 B");
  CHECK(bytes_text(55194) == "53.9 KiB");
  CHECK(bytes_text(std::int64_t{3} << 40) == "3072.0 GiB");
  CHECK(duration_text(200) == "3 min 20 s");
  CHECK(duration_text(48) == "48 s");
  CHECK(duration_text(7500) == "2 h 05 min");
}

TEST_CASE("parts are joined, split, trimmed") {
  CHECK(concat("epoch ", 3, ": loss ", 0.5, ' ', true) == "epoch 3: loss 0.5 true");
  CHECK(join(std::vector<std::string>{}, ", ").empty());
  CHECK(join(std::vector<int>{1, 2, 3}, "x") == "1x2x3");
  CHECK(split("a.b..c", '.') == std::vector<std::string>{"a", "b", "", "c"});
  CHECK(split("", '.') == std::vector<std::string>{""});
  CHECK(trim(" \t a b \n") == "a b");
  CHECK(trim(" \n").empty());
  CHECK(starts_with("block1.conv", "block"));
  CHECK_FALSE(starts_with("b", "block"));
  CHECK(ends_with("stem.weight", ".weight"));
  CHECK_FALSE(ends_with("t", "weight"));
}

TEST_CASE("globs match whole names") {
  CHECK(glob_matches("block*.conv", "block1.conv"));
  CHECK(glob_matches("*", ""));
  CHECK(glob_matches("*a*b*", "xxaxxbxx"));
  CHECK(glob_matches("b?.c", "b1.c"));
  CHECK_FALSE(glob_matches("b?.c", "b12.c"));
  CHECK_FALSE(glob_matches("block*", "a.block1"));
  CHECK_FALSE(glob_matches("", "a"));
  CHECK(glob_matches("a*a*a", "aaa"));
  CHECK_FALSE(glob_matches("a*a*a", "aa"));
}

TEST_CASE("a long pattern of stars is answered at once") {
  CHECK_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*a*a*b", std::string(2000, 'a')));
}

TEST_CASE("the nearest word is suggested, a distant one is not") {
  CHECK(nearest("temprature", {"temperature", "type", "weight"}) == "temperature");
  CHECK(nearest("Adam", {"sgd", "adam"}) == "adam");
  CHECK(nearest("cosnie", {"cosine", "cubic"}) == "cosine");
  CHECK(nearest("zebra", {"temperature", "type"}).empty());
  CHECK(nearest("", {"a", "b"}).empty());
  CHECK(did_you_mean("lrr", {"lr", "momentum"}) == "; did you mean 'lr'?");
  CHECK(did_you_mean("zebra", {}).empty());
}
