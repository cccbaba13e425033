// The door to OpenSSL's libcrypto. Only EVP, what its keys and certificates are read
// from, and the random generator are used, nothing deprecated.
#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

// Macros that Swift cannot read: which numbers a key is made of, and how a name is written (RFC 2253, in UTF-8).
enum { copenssl_key_pair = EVP_PKEY_KEYPAIR, copenssl_public_key = EVP_PKEY_PUBLIC_KEY };
enum { copenssl_name_form = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB };
