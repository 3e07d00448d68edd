// Recordings in the WFDB format of PhysioNet: a header (.hea) and signal files in formats 16 and 212.
//
// Formats as described by the WFDB Applications Guide's header(5) and signal(5).
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace espalier::datasets {

/// One line of a header behind the first.
struct WfdbSignal {
  std::string file, units = "mV", description;
  int format = 0;
  double gain = 200;                      ///< steps of the converter per unit
  std::int64_t baseline = 0, offset = 0;  ///< sample value of 0 units; bytes before the file's first sample
  std::int64_t checksum = 0;
  bool has_checksum = false;
};

struct WfdbHeader {
  std::string record;
  double rate = 250;
  std::int64_t samples = 0;  ///< of each signal; 0: as many as the file has
  std::vector<WfdbSignal> signals;
};

/// Throws Error(mistake) with `origin`:line where the header is damaged, names a file outside of its folder, or asks
/// for what is not read: other formats, several segments, several samples a frame, skewed signals.
WfdbHeader parse_wfdb_header(std::string_view text, const std::string& origin);

/// Samples of one signal file, [samples][signals], in the converter's steps. `count` (0: all) is how many each signal
/// has; throws Error(mistake) naming `origin` where the bytes are fewer, or more than a frame are left over.
std::vector<std::int16_t> decode_wfdb(std::span<const std::uint8_t> bytes, int format, std::int64_t signals,
                                      std::int64_t count, const std::string& origin);

struct WfdbRecord {
  WfdbHeader header;
  std::int64_t samples = 0;
  std::vector<std::int16_t> values;  ///< [samples][signals]
};

/// Reads `NAME.hea` and the signal files beside it, which must share one file and format, and compares their checksums.
/// Throws Error(mistake) that names the file; nothing is allocated that the files' sizes do not justify.
WfdbRecord read_wfdb(const std::filesystem::path& header);

}  // namespace espalier::datasets
