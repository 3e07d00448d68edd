#include "datasets/wfdb_record.h"

#include "base/error.h"
#include "catch.h"
#include "refusal.h"
#include "small_corpus.h"
#include "wfdb_bytes.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

std::string header_refusal(const std::string& text) {
  return refusal([&] { parse_wfdb_header(text, "r.hea"); });
}

}  // namespace

TEST_CASE("wfdb header: record and signal lines") {
  const auto header = parse_wfdb_header(
      "# a comment\n100 2 360/1 650000 12:00:00\r\n100.dat 212 200(10)/uV 11 1024 995 -22131 0 MLII\n"
      "100.dat 212x1:0+0 0 11 1024 1011 20052 0 V5 modified\n# 69 M\n",
      "r.hea");
  CHECK(header.record == "100");
  CHECK(header.rate == 360);
  CHECK(header.samples == 650000);
  REQUIRE(header.signals.size() == 2);
  CHECK(header.signals[0].baseline == 10);
  CHECK(header.signals[0].units == "uV");
  CHECK(header.signals[0].checksum == -22131);
  CHECK(header.signals[1].baseline == 1024);
  CHECK(header.signals[1].gain == 200);
  CHECK(header.signals[1].description == "V5 modified");
}

TEST_CASE("wfdb header: what is damaged or not read is refused with its line") {
  says(header_refusal(""), "the header is empty");
  says(header_refusal(std::string(32, '\0')), "r.hea:1: ");
  says(header_refusal("r\n"), "number of signals");
  says(header_refusal("r two\n"), "'two', which is no whole number");
  says(header_refusal("r 4294967296\n"), "4294967296 signals, where 1 to 256 are read");
  says(header_refusal("r 99999999999999999999\n"), "no whole number");
  says(header_refusal("r/3 1\n"), "several segments");
  says(header_refusal("r 1 0\n"), "above 0");
  says(header_refusal("r 1 nan\n"), "sampling rate");
  says(header_refusal("r 1 360 -5\n"), "negative");
  says(header_refusal("r 2 360\nr.dat 16\n"), "ends after 1 of 2 signals");
  says(header_refusal("r 1\n../../etc/passwd 16\n"), "r.hea:2: signal file '../../etc/passwd' does not lie beside");
  says(header_refusal("r 1\n.. 16\n"), "does not lie beside");
  says(header_refusal("r 1\nr.dat 80\n"), "signal format 80 is not read");
  says(header_refusal("r 1\nr.dat 16x4\n"), "several samples of a signal");
  says(header_refusal("r 1\nr.dat 16:3\n"), "skewed");
  says(header_refusal("r 1\nr.dat 16+-9\n"), "no format");
  says(header_refusal("r 1\nr.dat 16q\n"), "no format");
  says(header_refusal("r 1\nr.dat 16 200(5\n"), "parenthesis");
}

TEST_CASE("wfdb samples: formats 212 and 16 bring back what was packed") {
  Random random(5, "wfdb");
  for (const int format : {16, 212})
    for (const std::size_t signals : {1, 2, 3})
      for (const std::size_t samples : {1, 7, 8}) {
        std::vector<std::int16_t> values(signals * samples);
        for (auto& value : values)
          value = static_cast<std::int16_t>(static_cast<int>(random.below(format == 16 ? 65536 : 4096)) -
                                            (format == 16 ? 32768 : 2048));
        const auto bytes = wfdb_bytes(values, format);
        const std::vector<std::uint8_t> held(bytes.begin(), bytes.end());
        const auto count = static_cast<std::int64_t>(samples), width = static_cast<std::int64_t>(signals);
        CHECK(decode_wfdb(held, format, width, count, "r.dat") == values);
        CHECK(decode_wfdb(held, format, width, 0, "r.dat") == values);
        says(refusal([&] { decode_wfdb(held, format, width, count + 1, "r.dat"); }), "cut off");
        says(refusal([&] { decode_wfdb(held, format, width, std::int64_t{1} << 62, "r.dat"); }), "cut off");
      }
}

TEST_CASE("wfdb record: a whole one, and damaged ones") {
  Folder folder("wfdb_record");
  const std::vector<std::int16_t> values = {1, -2, 300, 4, -500, 6};
  const auto header = [&](const std::string& sums, int samples = 3) {
    return "r 2 100 " + std::to_string(samples) + "\nr.dat 212 100 12 0 1 " + sums +
           " 0 one\nr.dat 212 100 12 0 -2 8 0 two\n";
  };
  write_bytes(folder.path() / "r.dat", wfdb_bytes(values, 212));
  write_bytes(folder.path() / "r.hea", header("-199"));
  const auto record = read_wfdb(folder.path() / "r.hea");
  CHECK(record.values == values);
  CHECK(record.samples == 3);
  const auto again = [&](const std::string& text) {
    write_bytes(folder.path() / "r.hea", text);
    return refusal([&] { read_wfdb(folder.path() / "r.hea"); });
  };
  says(again(header("-198")), "r.dat: the samples of signal 0 do not add up");
  says(again(header("-199", 4)), "r.dat: holds 3 samples of each signal where its header says 4");
  says(again(header("-199", 1)), "holds 3 samples");
  says(again("r 2\nr.dat 212\ns.dat 212\n"), "several files");
  says(again("r 1\ns.dat 212\n"), "there is no signal file 's.dat'");
  says(again("r 1\nr.dat 212+99\n"), "shorter than its header's offset");
  says(refusal([&] { read_wfdb(folder.path() / "none.hea"); }), "none.hea");
}
