# For a tap: brew install OWNER/tap/replicate-mock. The server needs Linux's epoll, so this is for Homebrew on Linux; on a
# Mac the image of docs/docker.md runs it.
class ReplicateMock < Formula
  desc "Local stand-in for the Replicate HTTP API"
  homepage "https://github.com/replicate-mock/replicate-mock"
  url "https://github.com/replicate-mock/replicate-mock/archive/refs/tags/v0.1.0.tar.gz"
  # sha256 of that archive; a release fills it in: packaging/README.md says how.
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "MIT"

  depends_on "meson" => :build
  depends_on "ninja" => :build
  depends_on "pkgconf" => :build
  depends_on "python@3.13" => :build
  depends_on "cjson"
  depends_on "curl"
  depends_on "giflib"
  depends_on "gnutls"
  depends_on "jpeg-turbo"
  depends_on "libmicrohttpd"
  depends_on "libspng"
  depends_on :linux
  depends_on "pcre2"
  depends_on "util-linux"
  depends_on "webp"

  def install
    system "meson", "setup", "build", "-Dtests=false", "-Db_lto=true", *std_meson_args
    system "meson", "compile", "-C", "build", "--verbose"
    system "meson", "install", "-C", "build"
  end

  test do
    port = free_port
    pid = spawn bin/"replicate-mock", "--port", port.to_s
    sleep 1
    assert_match '"status":"ok"', shell_output("curl --silent http://127.0.0.1:#{port}/_mock/health")
    system bin/"replicate-mock", "healthcheck", "--port", port.to_s
  ensure
    Process.kill "TERM", pid
    Process.wait pid
  end
end
