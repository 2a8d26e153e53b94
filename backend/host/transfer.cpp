// SPDX-License-Identifier: Apache-2.0
#include "backend/host/transfer.h"

#include <fmt/format.h>

#include "backend/host/convert.h"

namespace psmc::host {
namespace {

class Transfer {
 public:
  Transfer(const Function& function, const Argument& argument) : function_(function), a_(argument) {}

  std::string text() {
    out_ =
        fmt::format("define internal i32 @{}(ptr %model, ptr noalias nocapture {} %user, i64 %count) #0 {{\nentry:\n",
                    transfer_name(function_, a_), a_.input ? "readonly" : "writeonly");
    if (a_.elements == 0)
      out_ += "  ret i32 0\n";
    else if (direct())
      call_direct();
    else
      through_staging();
    return out_ + "}\n\n";
  }

 private:
  bool direct() const { return a_.dense() && ir_type(a_.device) == ir_type(a_.user) && !a_.may_be_short(); }
  const char* move_name() const { return a_.input ? "psmc_rt_write" : "psmc_rt_read"; }

  void call_direct() {
    out_ += fmt::format("  %status = call i32 @{}(ptr %model, i64 {}, ptr %user, i64 {})\n  ret i32 %status\n",
                        move_name(), a_.address, a_.span);
  }

  void through_staging() {
    out_ += fmt::format("  %staging = call noalias ptr @psmc_rt_staging(ptr %model, i64 {})\n", a_.span);
    out_ += "  %none = icmp eq ptr %staging, null\n  br i1 %none, label %memory, label %begin\n";
    out_ += fmt::format("memory:\n  ret i32 {}\nfail:\n  ret i32 %status\nbegin:\n",
                        static_cast<int>(Code::runtime_memory));
    const bool fetch = !a_.input || !a_.dense();
    if (fetch) {
      out_ += fmt::format("  %status = call i32 @psmc_rt_read(ptr %model, i64 {}, ptr %staging, i64 {})\n", a_.address,
                          a_.span);
      out_ += "  %bad = icmp ne i32 %status, 0\n  br i1 %bad, label %fail, label %pack\npack:\n";
      block_ = "pack";
    } else {
      block_ = "begin";
    }
    nest(0, "0", "0");
    if (a_.may_be_short()) clear_rest();
    if (!a_.input)
      out_ += "  ret i32 0\n";
    else
      out_ += fmt::format(
          "  %written = call i32 @psmc_rt_write(ptr %model, i64 {}, ptr %staging, i64 {})\n  ret i32 %written\n",
          a_.address, a_.span);
    if (!fetch) replace_fail();
  }

  /// Without a read there is no %status to return.
  void replace_fail() {
    const std::string block = "fail:\n  ret i32 %status\n";
    out_.erase(out_.find(block), block.size());
  }

  /// Loops from dimension `d` inwards; `element` and `byte` are what outer loops have added up.
  void nest(size_t d, const std::string& element, const std::string& byte) {
    if (d == a_.dims.size()) {
      move_element(element, byte);
      return;
    }
    uint64_t inner = 1;
    for (size_t e = d + 1; e < a_.dims.size(); ++e) inner *= a_.dims[e].extent;
    const std::string bound = a_.may_be_short() ? "%count" : std::to_string(a_.dims[d].extent);
    open_loop(fmt::format("d{}", d), "0", bound);
    out_ +=
        fmt::format("  %d{0}.e = mul i64 %d{0}.i, {1}\n  %d{0}.element = add i64 %d{0}.e, {2}\n", d, inner, element);
    out_ += fmt::format("  %d{0}.b = mul i64 %d{0}.i, {1}\n  %d{0}.byte = add i64 %d{0}.b, {2}\n", d, a_.dims[d].stride,
                        byte);
    nest(d + 1, fmt::format("%d{}.element", d), fmt::format("%d{}.byte", d));
    close_loop(fmt::format("d{}", d));
  }

  /// Zeros behind the elements that were given.
  void clear_rest() {
    const Dim& dim = a_.dims[0];
    open_loop("z", "%count", std::to_string(dim.extent));
    out_ += fmt::format("  %z.byte = mul i64 %z.i, {}\n  %z.at = getelementptr i8, ptr %staging, i64 %z.byte\n",
                        dim.stride);
    const std::string_view type = ir_type(a_.device);
    out_ += fmt::format("  store {} {}, ptr %z.at, align 1\n", type, type == "float" || type == "double" ? "0.0" : "0");
    close_loop("z");
  }

  void open_loop(const std::string& name, const std::string& from, const std::string& bound) {
    out_ +=
        fmt::format("  br label %{0}.head\n{0}.head:\n  %{0}.i = phi i64 [ {1}, %{2} ], [ %{0}.next, %{0}.latch ]\n",
                    name, from, block_);
    out_ += fmt::format(
        "  %{0}.more = icmp ult i64 %{0}.i, {1}\n  br i1 %{0}.more, label %{0}.body, label %{0}.done\n{0}.body:\n",
        name, bound);
    block_ = name + ".body";
  }
  void close_loop(const std::string& name) {
    out_ += fmt::format(
        "  br label %{0}.latch\n{0}.latch:\n  %{0}.next = add nuw i64 %{0}.i, 1\n  br label %{0}.head\n{0}.done:\n",
        name);
    block_ = name + ".done";
  }

  void move_element(const std::string& element, const std::string& byte) {
    const std::string_view user = ir_type(a_.user), device = ir_type(a_.device);
    out_ += fmt::format(
        "  %user.at = getelementptr {}, ptr %user, i64 {}\n  %device.at = getelementptr i8, ptr %staging, i64 {}\n",
        user, element, byte);
    const Converted converted = a_.input ? to_device(a_.device, "%raw") : to_user(a_.device, "%raw");
    out_ += fmt::format("  %raw = load {}, ptr {}, align 1\n", a_.input ? user : device,
                        a_.input ? "%user.at" : "%device.at");
    out_ += converted.code;
    out_ += fmt::format("  store {} {}, ptr {}, align 1\n", a_.input ? device : user, converted.value,
                        a_.input ? "%device.at" : "%user.at");
  }

  const Function& function_;
  const Argument& a_;
  std::string out_, block_;
};

}  // namespace

std::string transfer_name(const Function& function, const Argument& argument) {
  return fmt::format("{}.{}.{}", argument.input ? "put" : "get", function.name, argument.name);
}

std::string transfer_function(const Function& function, const Argument& argument) {
  return Transfer(function, argument).text();
}

}  // namespace psmc::host
