# nix-build packaging/nix
{ pkgs ? import <nixpkgs> { } }:

pkgs.stdenv.mkDerivation {
  pname = "replicate-mock";
  version = "0.1.0";
  src = pkgs.lib.cleanSource ../..;

  nativeBuildInputs = with pkgs; [ meson ninja pkg-config python3 ];
  buildInputs = with pkgs; [
    cjson
    curl
    giflib
    gnutls
    libjpeg
    libmicrohttpd
    libspng
    libuuid
    libwebp
    pcre2
  ];
  mesonFlags = [ "-Dtests=false" ];

  meta = {
    description = "Local stand-in for the Replicate HTTP API";
    license = pkgs.lib.licenses.mit;
    mainProgram = "replicate-mock";
    platforms = pkgs.lib.platforms.linux;
  };
}
