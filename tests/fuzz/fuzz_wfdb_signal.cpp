// WFDB signals, as a header in front of them says: datasets/wfdb_record.h. Header and signal file are one input, with a
// zero byte between them.
#include <algorithm>

#include "datasets/wfdb_heart_beat.h"
#include "datasets/wfdb_record.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace espalier;
  return fuzz::feed(data, size, [](auto bytes) {
    const auto end = std::find(bytes.begin(), bytes.end(), 0);
    const auto length = static_cast<std::size_t>(end - bytes.begin());
    datasets::WfdbRecord record;
    record.header = datasets::parse_wfdb_header(fuzz::text_of(bytes.first(length)), "fuzz.hea");
    const auto signals = static_cast<std::int64_t>(record.header.signals.size());
    record.values = datasets::decode_wfdb(bytes.subspan(std::min(length + 1, bytes.size())),
                                          record.header.signals[0].format, signals, record.header.samples, "fuzz.dat");
    record.samples = static_cast<std::int64_t>(record.values.size()) / signals;
    if (static_cast<std::int64_t>(record.values.size()) != record.samples * signals) __builtin_trap();
    datasets::signal_of(record, "", "fuzz.hea");
  });
}
