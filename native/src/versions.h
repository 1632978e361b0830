// The one place that knows how libtorch releases differ.
#pragma once

#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>

#include <cstring>

namespace auricle {

// 2.x declares sizes that may be symbolic (SymInt, SymInt[]); plain integers are accepted for them.
inline bool is_integer(c10::TypeKind kind) {
#if TORCH_VERSION_MAJOR >= 2
  return kind == c10::TypeKind::IntType || kind == c10::TypeKind::SymIntType || kind == c10::TypeKind::ScalarTypeType ||
         kind == c10::TypeKind::LayoutType || kind == c10::TypeKind::MemoryFormatType;
#else
  return kind == c10::TypeKind::IntType;
#endif
}

inline bool is_out_of_memory(const c10::Error &error) noexcept {
#if TORCH_VERSION_MAJOR >= 2
  if (dynamic_cast<const c10::OutOfMemoryError *>(&error) != nullptr)
    return true;
#endif
  // The CPU allocator of every release, and CUDA's in 1.13, only say it in words.
  const char *text = error.what_without_backtrace();
  return std::strstr(text, "can't allocate memory") != nullptr || std::strstr(text, "out of memory") != nullptr;
}

} // namespace auricle
