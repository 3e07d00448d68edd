#include "importing/pickle.h"

#include <random>

#include "base/error.h"
#include "catch.h"

using namespace espalier;
using importing::Pickled;
using importing::read_pickle;
using namespace std::string_literals;

namespace {

/// {"w": tensor 2x3 of storage 7 from element 4, "n": 5, "n2": the same tensor}, as protocol 2 writes it.
const std::string state =
    "\x80\x02"s + "ccollections\nOrderedDict\nq\x00)Rq\x01("s + "X\x01\x00\x00\x00wq\x02"s +
    "ctorch._utils\n_rebuild_tensor_v2\nq\x03(("s + "X\x07\x00\x00\x00storageq\x04"s +
    "ctorch\nFloatStorage\nq\x05X\x01\x00\x00\x00"
    "7q\x06X\x03\x00\x00\x00"
    "cpuq\x07K\x0atq\x08QK\x04K\x02K\x03\x86q\x09K\x03K\x01\x86q\x0a\x89h\x00)Rq\x0btq\x0cRq\x0d"s +
    "X\x01\x00\x00\x00nK\x05"s + "X\x02\x00\x00\x00n2h\x0d"s + "u}X\x09\x00\x00\x00_metadataNsb."s;

std::string refusal(const std::string& bytes) {
  try {
    read_pickle(bytes);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a pickled state_dict holds views of storages by name") {
  const auto pickled = read_pickle(state);
  const auto* dictionary = pickled.as<Pickled::Dictionary>(pickled.root);
  REQUIRE(dictionary);
  REQUIRE(dictionary->entries.size() == 3);
  const auto& [key, value] = dictionary->entries[0];
  CHECK(*pickled.as<std::string>(key) == "w");
  const auto* view = pickled.as<Pickled::TensorView>(value);
  REQUIRE(view);
  CHECK(view->storage == "7");
  CHECK(view->type == "FloatStorage");
  CHECK(view->offset == 4);
  CHECK(view->sizes == std::vector<std::int64_t>{2, 3});
  CHECK(view->strides == std::vector<std::int64_t>{3, 1});
  CHECK(*pickled.as<std::int64_t>(dictionary->entries[1].second) == 5);
  CHECK(dictionary->entries[2].second == value);
}

TEST_CASE("numbers of a pickle have their signs and widths") {
  const auto number = [](const std::string& opcode) {
    const auto pickled = read_pickle(opcode + ".");
    return *pickled.as<std::int64_t>(pickled.root);
  };
  CHECK(number("K\xff"s) == 255);
  CHECK(number("M\x00\x80"s) == 32768);
  CHECK(number("J\xff\xff\xff\xff"s) == -1);
  CHECK(number("\x8a\x00"s) == 0);
  CHECK(number("\x8a\x01\x80"s) == -128);
  CHECK(number("\x8a\x05\x00\x00\x00\x00\x01"s) == 4294967296);
  const auto half = read_pickle("G\x3f\xe0\x00\x00\x00\x00\x00\x00."s);
  CHECK(*half.as<double>(half.root) == 0.5);
}

TEST_CASE("what a pickle names is never called, and objects of unknown classes are foreign") {
  const auto pickled = read_pickle(
      "\x80\x02"
      "cos\nsystem\n(X\x02\x00\x00\x00lst\x52."s);
  const auto* foreign = pickled.as<Pickled::Foreign>(pickled.root);
  REQUIRE(foreign);
  CHECK(foreign->name == "os.system");
}

TEST_CASE("damaged pickles are refused at a byte") {
  CHECK(contains(refusal(""), "ends too early"));
  CHECK(contains(refusal("X\xff\xff\xff\xff"
                         "a."s),
                 "ends too early"));
  CHECK(contains(refusal("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
                         "a."s),
                 "ends too early"));
  CHECK(contains(refusal("."), "empty stack"));
  CHECK(contains(refusal("N(0."), "empty stack"));
  CHECK(contains(refusal("t."), "no mark"));
  CHECK(contains(refusal("h\x05."s), "never stored"));
  CHECK(contains(refusal("NP\x31\n."s), "opcode 80"));
  CHECK(contains(refusal("c" + std::string(1000, 'a')), "name"));
  CHECK(contains(refusal("(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x04\x00\x00\x00../aX\x03\x00\x00\x00"
                         "cpuK\x0atQ."s),
                 "no number"));
}

TEST_CASE("a dictionary that holds itself is read") {
  const auto pickled = read_pickle(
      "}q\x00X\x01\x00\x00\x00"
      "ah\x00s."s);
  CHECK(pickled.as<Pickled::Dictionary>(pickled.root)->entries.at(0).second == pickled.root);
}

TEST_CASE("any truncation or change of a pickle is read or refused, never more") {
  for (std::size_t length = 0; length < state.size(); ++length) CHECK(!refusal(state.substr(0, length)).empty());
  std::mt19937 random(5);
  for (int trial = 0; trial < 20000; ++trial) {
    auto bytes = state;
    for (int changes = 1 + static_cast<int>(random() % 3); changes--;)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    refusal(bytes);
  }
}
