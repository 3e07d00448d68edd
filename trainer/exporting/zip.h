// The part of the ZIP format that .npz needs: members stored as they are. (PKWARE APPNOTE 6.3.)
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace espalier::exporting {

struct ZipMember {
  std::string name;
  std::vector<std::uint8_t> bytes;
};

/// CRC-32 (ISO 3309, the reflected polynomial 0xEDB88320).
std::uint32_t crc32(std::span<const std::uint8_t> bytes);

/// No dates, no attributes: the same members give the same bytes. Throws Error(failed) above 4 GiB or 65,535 members.
std::vector<std::uint8_t> pack_zip(const std::vector<ZipMember>& members);
/// Throws Error(mistake) with `origin` for damage, compression and encryption.
std::vector<ZipMember> unpack_zip(std::span<const std::uint8_t> bytes, const std::string& origin);

}  // namespace espalier::exporting
