// The floor below reading one record of a store: a process that loads libcrypto and SQLite, reads one
// row and opens one AES-256-GCM box. Only `make bench` uses it.
//
//     store-floor make PATH    makes a table with one box
//     store-floor read PATH    reads and opens it
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { KEY = 32, NONCE = 12, TAG = 16, TEXT = 512 };

static int seal(unsigned char *text, unsigned char *tag, const unsigned char *nonce, int opens) {
    static const unsigned char key[KEY] = {1};
    int count = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int good = EVP_CipherInit_ex2(context, EVP_aes_256_gcm(), key, nonce, !opens, NULL)
        && EVP_CipherUpdate(context, text, &count, text, TEXT)
        && (!opens || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG, tag))
        && EVP_CipherFinal_ex(context, text + count, &count)
        && (opens || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG, tag));
    EVP_CIPHER_CTX_free(context);
    return good;
}

static int make(sqlite3 *database) {
    unsigned char box[NONCE + TEXT + TAG] = {0};
    if (!seal(box + NONCE, box + NONCE + TEXT, box, 0)) return 0;
    sqlite3_stmt *statement;
    return sqlite3_exec(database, "PRAGMA journal_mode = WAL; CREATE TABLE record (name TEXT PRIMARY KEY, sealed BLOB)",
                        NULL, NULL, NULL) == SQLITE_OK
        && sqlite3_prepare_v2(database, "INSERT INTO record VALUES ('one', ?1)", -1, &statement, NULL) == SQLITE_OK
        && sqlite3_bind_blob(statement, 1, box, sizeof box, SQLITE_STATIC) == SQLITE_OK
        && sqlite3_step(statement) == SQLITE_DONE && sqlite3_finalize(statement) == SQLITE_OK;
}

static int read_one(sqlite3 *database) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database, "SELECT sealed FROM record WHERE name = 'one'", -1, &statement, NULL) != SQLITE_OK
        || sqlite3_step(statement) != SQLITE_ROW || sqlite3_column_bytes(statement, 0) != NONCE + TEXT + TAG)
        return 0;
    unsigned char box[NONCE + TEXT + TAG];
    memcpy(box, sqlite3_column_blob(statement, 0), sizeof box);
    sqlite3_finalize(statement);
    return seal(box + NONCE, box + NONCE + TEXT, box, 1);
}

int main(int count, char **words) {
    sqlite3 *database;
    if (count != 3 || sqlite3_open(words[2], &database) != SQLITE_OK) return 2;
    int good = strcmp(words[1], "make") == 0 ? make(database) : read_one(database);
    if (!good) fprintf(stderr, "store-floor: %s\n", sqlite3_errmsg(database));
    sqlite3_close(database);
    return !good;
}
