import { Aws, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { SignIn } from './export-service';

export interface UsersProps extends StackProps {
  /** Origin of the page. */
  readonly siteUrl: string;
}

/** The users of the page, in a Cognito user pool. Everyone who has an email address can sign up. */
export class Users extends Stack {
  public readonly signIn: SignIn;

  constructor(scope: Construct, id: string, { siteUrl, ...props }: UsersProps) {
    super(scope, id, props);
    const users = new cognito.UserPool(this, 'Users', {
      selfSignUpEnabled: true,
      signInAliases: { email: true },
      autoVerify: { email: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const domain = users.addDomain('Domain', { cognitoDomain: { domainPrefix: `web-exports-${Aws.ACCOUNT_ID}` } });
    const client = users.addClient('Page', {
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [cognito.OAuthScope.OPENID],
        callbackUrls: [`${siteUrl}/`],
        logoutUrls: [`${siteUrl}/`],
      },
    });
    this.signIn = {
      issuer: `https://cognito-idp.${this.region}.${this.urlSuffix}/${users.userPoolId}`,
      clientId: client.userPoolClientId,
      url: domain.baseUrl(),
    };
  }
}
