// Prints what the project reads of a WFDB record, for wfdb-python to compare: a line with rate, samples and signals, a
// line a signal with gain, baseline and description, one with all samples, then "sample symbol class" an annotation.
#include <cstdio>

#include "base/error.h"
#include "base/files.h"
#include "datasets/wfdb_annotations.h"
#include "datasets/wfdb_record.h"

int main(int count, char** words) {
  using namespace espalier;
  if (count != 3) return std::fprintf(stderr, "usage: wfdb_dump RECORD.hea ANNOTATIONS\n"), 2;
  try {
    const auto record = datasets::read_wfdb(words[1]);
    const auto signals = record.header.signals.size();
    std::printf("%.17g %lld %zu\n", record.header.rate, static_cast<long long>(record.samples), signals);
    for (const auto& signal : record.header.signals)
      std::printf("%.17g %lld %s\n", signal.gain, static_cast<long long>(signal.baseline), signal.description.c_str());
    for (const auto value : record.values) std::printf("%d ", value);
    std::printf("\n");
    for (const auto& annotation : datasets::parse_wfdb_annotations(read_bytes(words[2]), words[2])) {
      const char aami = datasets::aami_class(annotation.symbol);
      std::printf("%lld %s %c\n", static_cast<long long>(annotation.sample), annotation.symbol.c_str(),
                  aami == '\0' ? '-' : aami);
    }
  } catch (const Error& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
  return 0;
}
